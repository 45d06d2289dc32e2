import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const INTEL = 'test/machines/acsswitch-intel/capture.tar.gz';

describe('reports', () => {
  test.each([
    ['matrix', []],
    ['explain', ['03:00.0', '04:00.0']],
    ['groups', []],
    ['fix', []],
    ['doctor', []],
    ['verify', []],
    ['devices', []],
    ['tree', []],
    ['check', ['--require', '03:00.0 -> 04:00.0: direct']],
    ['map', ['03:00.0:0', '04:00.0', '--cpu', 'zen']],
    ['trace', ['03:00.0:0', '04:00.0', '--iommu', 'off']],
    ['lab', ['examples/scenarios/gpu-nic-one-switch.yaml']],
  ])(
    '%s as Markdown begins with its title and its answer, as HTML it is one file that loads nothing',
    (command, args) => {
      const source = command === 'lab' ? [] : [INTEL];
      const text = peerpath([command, ...args, ...source]);
      const markdown = peerpath([command, ...args, ...source, '--format', 'md']);
      const html = peerpath([command, ...args, ...source, '--format', 'html']);
      expect(markdown.stdout.split('\n')[0]).toBe(`### peerpath ${command}`);
      expect(markdown.stdout.split('\n')[2]).toMatch(/^\*\*.+\*\*$/);
      expect(html.stdout).toMatch(/^<!doctype html>/);
      expect(html.stdout).not.toMatch(/<(?:script|link|img)|https?:\/\/|url\(/);
      expect([markdown.code, html.code]).toEqual([text.code, text.code]);
      const json = peerpath([command, ...args, ...source, '--format', 'json']);
      expect(JSON.parse(json.stdout)).toEqual(JSON.parse(peerpath([command, ...args, ...source, '--json']).stdout));
    },
  );

  test.each([
    ['map', ['03:00.0:0', '04:00.0']],
    ['trace', ['03:00.0:0', '04:00.0']],
    ['check', ['--require', '03:00.0 -> 04:00.0: direct']],
    ['fix', []],
    ['doctor', []],
    ['groups', []],
    ['devices', []],
    ['tree', []],
    ['matrix', []],
    ['explain', ['03:00.0', '04:00.0']],
  ])('%s says what is supposed and as which kernel, in text and in JSON', (command, args) => {
    const asked = [command, ...args, INTEL, '--iommu', 'off'];
    expect(peerpath(asked).stdout).toMatch(
      /^What if --iommu off\n(?: {2}.*\n)*As Linux 7\.3\.4\S* answers \(read from the input\)\.$/m,
    );
    expect(JSON.parse(peerpath([...asked, '--json']).stdout)).toMatchObject({
      kernel: { release: '7.3.4+deb13-amd64', source: 'read', p2pdma: 'on' },
      whatIf: { asked: '--iommu off' },
    });
  });

  test('commands in Markdown stand in fences, for pasting', () => {
    const { stdout } = peerpath(['explain', '03:00.0', '04:00.0', INTEL, '--format', 'md']);
    expect(stdout).toContain('```text\nsetpci -s 0000:02:00.0 ECAP_ACS+6.w=0:2c\n');
  });

  test('a form that is none: 2', () => {
    expect(peerpath(['matrix', INTEL, '--format', 'pdf']).code).toBe(2);
  });

  test('--redact leaves out what names a disk, and changes no answer', () => {
    const disk = '0f2b1c9e-1111-2222-3333-444455556666';
    const args = ['matrix', INTEL, '--json', '--cmdline', `intel_iommu=on root=UUID=${disk}`];
    const [whole, redacted] = [peerpath(args).stdout, peerpath([...args, '--redact']).stdout];
    expect([whole.includes(disk), redacted.includes(disk)]).toEqual([true, false]);
    expect((JSON.parse(redacted) as { pairs: unknown }).pairs).toEqual((JSON.parse(whole) as { pairs: unknown }).pairs);
  });
});
