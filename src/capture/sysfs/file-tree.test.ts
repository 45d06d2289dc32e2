import { describe, expect, it } from 'vitest';
import { treeOf } from '../../../test/capture/tree-of.ts';
import { findMachineRoot, MemoryFile, MemoryTree, resolveLink } from '../index.ts';

describe('resolveLink', () => {
  it.each([
    ['sys/bus/pci/devices', '../../../devices/pci0000:00/x', 'sys/devices/pci0000:00/x'],
    ['sys/bus', './a//b/.', 'sys/bus/a/b'],
    ['sys/bus', '/sys/devices', 'sys/devices'],
    ['sys/bus', '../..', ''],
    ['sys/bus', '../../..', undefined],
    ['sys/bus', '../../../etc/passwd', undefined],
    ['', '..', undefined],
  ])('in %s, %s is %s', (directory, target, path) => {
    expect(resolveLink(directory, target)).toBe(path);
  });
});

describe('MemoryTree', () => {
  const file = (text: string) => new MemoryFile(new TextEncoder().encode(text), 0, text.length);

  it('makes the directories above what is put into it', () => {
    const tree = new MemoryTree();
    tree.makeDirectory('a/b').put('c', file('1'));
    expect(tree.directory('').state === 'known' && tree.makeDirectory('').names).toEqual(['a']);
    expect(tree.makeDirectory('a').names).toEqual(['b']);
    expect(tree.makeDirectory('a/b').readText('c')).toEqual({ state: 'known', value: '1' });
    expect(tree.directory('a/b/c')).toEqual({ state: 'absent' });
  });

  it('keeps the later of two files, and directories whatever comes', () => {
    const tree = new MemoryTree();
    const root = tree.makeDirectory('');
    expect(root.put('x', file('1'))).toBe(true);
    expect(root.put('x', file('2'))).toBe(false);
    expect(root.readText('x')).toEqual({ state: 'known', value: '2' });
    tree.makeDirectory('x/y');
    expect(root.readText('x')).toEqual({ state: 'absent' });
    expect(root.put('x', file('3'))).toBe(false);
    expect(tree.makeDirectory('x').names).toEqual(['y']);
  });
});

describe('findMachineRoot', () => {
  it.each([
    ['a capture', { 'capture.log': '' }, true],
    ['a tree of links', { 'sys/bus/pci/devices': null }, true],
    ['a tree in its own folder', { 'host/sys/devices': null }, true],
    ['two folders', { 'host/sys/devices': null, other: null }, false],
    ['a tree two folders deep', { 'a/host/sys/devices': null }, false],
    ['something else', { 'README.md': 'x' }, false],
    ['nothing', {}, false],
  ])('%s', (_name, files, found) => {
    expect(findMachineRoot(treeOf(files)) !== undefined).toBe(found);
  });
});
