import { describe, expect, it } from 'vitest';
import {
  code,
  drawing,
  facts,
  list,
  PLAIN,
  type Sheet,
  sheetHtml,
  sheetMarkdown,
  sheetText,
  strong,
  text,
  toned,
} from './index.ts';

const SHEET: Sheet = {
  title: 'peerpath groups',
  answer: [strong('No:', 'bad'), ' <two> of *four*.'],
  context: ['As Linux 7.3 answers.', [strong('What if'), ' --iommu off']],
  sections: [
    { title: '', blocks: [drawing([['  gpu0', toned('warn', '  ◀ redirects')], '  nic0'])] },
    {
      title: 'Points',
      blocks: [
        list(['a', 'b', 'c', 'd'], 2, 'more'),
        facts(['Seen', 'x'], ['So', [toned('bad', 'y')]]),
        text('one', 'two'),
        code(['setpci a', 'setpci b']),
        {
          kind: 'table',
          head: ['group', 'devices'],
          rows: [
            ['1', 'gpu0'],
            ['22', [strong('a|b')]],
          ],
        },
      ],
    },
  ],
};

describe('a sheet as text', () => {
  it('has the answer first, a section without a title has none, and each kind of block its form', () => {
    expect(sheetText(SHEET, PLAIN)).toBe(
      [
        'No: <two> of *four*.',
        'As Linux 7.3 answers.',
        'What if --iommu off',
        '',
        '  gpu0  ◀ redirects',
        '  nic0',
        '',
        'Points',
        '  - a',
        '  - b',
        '  - and 2 more',
        '  Seen  x',
        '  So    y',
        '  one',
        '  two',
        '    setpci a',
        '    setpci b',
        '  group  devices',
        '  1      gpu0',
        '  22     a|b',
      ].join('\n'),
    );
  });

  it('breaks answer and context between words, and goes on as far in as it began', () => {
    const sheet = { ...SHEET, answer: 'No: neither this nor that.', context: ['  Note: it is so.'], sections: [] };
    expect(sheetText(sheet, PLAIN, { width: 14 }).split('\n')).toEqual([
      'No: neither',
      'this nor that.',
      '  Note: it',
      '  is so.',
    ]);
  });

  it('shows emphasis by paint alone', () => {
    const marked = { bold: (words: string) => `<b>${words}</b>`, red: (words: string) => `<r>${words}</r>` };
    expect(sheetText({ ...SHEET, sections: [] }, { ...PLAIN, ...marked }).split('\n')[0]).toBe(
      '<b><r>No:</r></b> <two> of *four*.',
    );
    expect(sheetText({ ...SHEET, answer: 'No.', sections: [] }, { ...PLAIN, ...marked }).split('\n')[0]).toBe(
      '<b>No.</b>',
    );
  });

  it.each([
    [2, ['- a', '- b', '- and 2 more']],
    [3, ['- a', '- b', '- c', '- d']],
    [4, ['- a', '- b', '- c', '- d']],
  ])('folds what stands beyond %d points, never a single one', (most, lines) => {
    const sheet = {
      ...SHEET,
      context: [],
      sections: [{ title: '', blocks: [list(['a', 'b', 'c', 'd'], most, 'more')] }],
    };
    expect(sheetText(sheet, PLAIN).split('\n').slice(2)).toEqual(lines.map((line) => `  ${line}`));
  });
});

describe('a sheet as Markdown', () => {
  const lines = sheetMarkdown(SHEET).split('\n');
  it('escapes what would be markup, and fences what is to be copied', () => {
    expect(lines.slice(0, 6)).toEqual([
      '### peerpath groups',
      '',
      '**No: \\<two\\> of \\*four\\*.**',
      '',
      'As Linux 7.3 answers.  ',
      '**What if** --iommu off  ',
    ]);
    expect(lines.join('\n')).toContain('```text\nsetpci a\nsetpci b\n```');
    expect(lines).toContain('| 22 | **a\\|b** |');
    expect(lines).toContain('- **So**: y');
    expect(lines).toContain('- and 2 more');
  });
});

describe('a sheet as HTML', () => {
  const html = sheetHtml(SHEET);
  it('escapes everything, has what folds in a closed part, and tones as classes', () => {
    expect(html).toContain('<p class="answer">No: &lt;two&gt; of *four*.</p>');
    expect(html).toContain('<summary>2 more</summary><ul><li>c</li><li>d</li></ul></details>');
    expect(html).toContain('<dt>So</dt><dd><span class="bad">y</span></dd>');
    expect(html).toContain('<b>a|b</b>');
    expect(html).not.toContain('<h2></h2>');
  });
});

describe('a matrix', () => {
  const columns = Array.from({ length: 60 }, (_, at) => {
    const kind = at < 30 ? 'gpu' : 'nic';
    return { kind, number: String(at % 30), label: `card-${at}` };
  });
  const rows = columns.map(({ kind, number }, row) => ({
    label: `${kind}${number}`,
    address: '0000:01:00.0',
    name: 'a card',
    cells: columns.map((_, column) => toned('good', row === column ? '·' : 'D')),
  }));
  it.each([60, 80, 120, 200])('of 60 devices keeps to %d columns, in panels that are about equally wide', (width) => {
    const sheet = {
      ...SHEET,
      context: [],
      sections: [{ title: '', blocks: [{ kind: 'matrix', rows, columns } as const] }],
    };
    const lines = sheetText(sheet, PLAIN, { width }).split('\n').slice(2);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    const cells = lines.filter((line) => line.startsWith('gpu0 ')).map((line) => (line.match(/[·D]/g) ?? []).length);
    expect(cells.reduce((sum, count) => sum + count, 0)).toBe(60);
    expect(Math.max(...cells) - Math.min(...cells)).toBeLessThanOrEqual(cells.length);
  });

  it('as HTML has the label of its device above each column', () => {
    const sections = [{ title: '', blocks: [{ kind: 'matrix', rows, columns } as const] }];
    expect(sheetHtml({ ...SHEET, sections })).toContain('<th>card-0</th><th>card-1</th>');
  });
});

it('as Markdown mentions nobody, and what people copy holds no invisible character', () => {
  const sheet: Sheet = { ...SHEET, answer: 'Set config_acs=xx1@0000:02:00.0', context: [], sections: [] };
  const markdown = sheetMarkdown(sheet);
  expect(markdown).toContain('xx1@<!-- -->0000:02:00.0');
  expect(markdown).not.toMatch(/\p{Cf}/u);
});

describe('a table whose last column holds sentences', () => {
  const table = (prose: boolean): Sheet => ({
    ...SHEET,
    context: [],
    sections: [
      {
        title: '',
        blocks: [
          {
            kind: 'table',
            head: ['what', 'rule'],
            rows: [['groups', 'they follow from the tree '.repeat(9).trim()]],
            prose,
          },
        ],
      },
    ],
  });
  const linesOf = (prose: boolean): string[] => sheetText(table(prose), PLAIN).split('\n').slice(2);

  it('breaks them below themselves, and loses no word', () => {
    const [head, first, ...more] = linesOf(true);
    expect([head, first?.startsWith('  groups  they follow')]).toEqual(['  what    rule', true]);
    expect(more.every((line) => line.startsWith(' '.repeat(10)) && line.length <= 120)).toBe(true);
    expect([first, ...more].join(' ').match(/follow/g)).toHaveLength(9);
  });

  it('breaks other cells where these are wide', () => {
    const rows = [['they follow from the tree '.repeat(9).trim(), 'groups']];
    const sheet: Sheet = {
      ...SHEET,
      context: [],
      sections: [{ title: '', blocks: [{ kind: 'table', head: ['rule', 'what'], rows, prose: true }] }],
    };
    const lines = sheetText(sheet, PLAIN).split('\n').slice(2);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
    expect(lines[1]).toMatch(/ groups$/);
    expect(lines.join(' ').match(/follow/g)).toHaveLength(9);
  });

  it('else keeps a row on its line, for programs', () => {
    expect(linesOf(false)).toHaveLength(2);
  });
});
