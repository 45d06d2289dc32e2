/** Reports as the page draws them: the same words as the command's, with folds that open and buttons that copy. */
import { type Block, type Emphasis, foldedList, type Line, plainLine, type Section } from '../../src/report/index.ts';
import { Cut } from './changes.tsx';
import { CopyBlock } from './copy.tsx';

/** A line with its emphasis. */
export function Words({ line }: { readonly line: Line }) {
  if (typeof line === 'string') return <>{line}</>;
  return (
    <>
      {line.map((part, at) =>
        typeof part === 'string' ? part : <Emphasised key={`${at} ${part.text}`} part={part} />,
      )}
    </>
  );
}

function Emphasised({ part: { text, tone, strong } }: { readonly part: Emphasis }) {
  const tint = `tone-${tone}`;
  return strong ? <b class={tint}>{text}</b> : <span class={tint}>{text}</span>;
}

interface BlocksProps {
  readonly blocks: readonly Block[];
  /** Sentences are points of a list, even one by itself. */
  readonly listed?: boolean;
}

/** Sections with their titles. */
export function Sections({
  sections,
  listed = false,
}: {
  readonly sections: readonly Section[];
  readonly listed?: boolean;
}) {
  return (
    <>
      {sections.map(({ title, blocks }) => (
        <section key={title} class="report-section">
          {title !== '' && <h3>{title}</h3>}
          <Blocks blocks={blocks} listed={listed} />
        </section>
      ))}
    </>
  );
}

/** What stands below a title. */
export function Blocks({ blocks, listed = false }: BlocksProps) {
  return (
    <>
      {blocks.map((block, at) => (
        <OneBlock key={`${at} ${block.kind}`} block={block} listed={listed} />
      ))}
    </>
  );
}

function OneBlock({ block, listed }: { readonly block: Block; readonly listed: boolean }) {
  switch (block.kind) {
    case 'text':
      return listed ? <Points lines={block.lines} /> : <Sentences lines={block.lines} />;
    case 'list':
      return <Points lines={block.items} most={foldedList(block).shown.length} />;
    case 'facts':
      return (
        <dl>
          {block.facts.map(([term, line]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>
                <Words line={line} />
              </dd>
            </div>
          ))}
        </dl>
      );
    case 'code':
      return <CopyBlock text={block.lines.join('\n')} label={block.label} />;
    case 'drawing':
      return (
        <pre>
          {block.lines.map((line, at) => (
            <div key={`${at} ${plainLine(line)}`}>
              <Words line={line} />
            </div>
          ))}
        </pre>
      );
    case 'table':
      return <Table head={block.head} rows={block.rows} />;
    case 'bars':
      return <Table head={['', block.label]} rows={block.bars.map(({ name, words }) => [name, words])} />;
    case 'matrix':
      return (
        <Table
          head={['', ...block.columns.map(({ kind, number }) => `${kind}${number}`)]}
          rows={block.rows.map(({ label, cells }) => [label, ...cells.map((cell) => [cell])])}
        />
      );
  }
}

function Sentences({ lines }: { readonly lines: readonly Line[] }) {
  return (
    <>
      {lines.map((line) => (
        <p key={plainLine(line)}>
          <Words line={line} />
        </p>
      ))}
    </>
  );
}

function Points({ lines, most = lines.length }: { readonly lines: readonly Line[]; readonly most?: number }) {
  return (
    <ul class="reasons">
      <Cut most={most} step={60} listed>
        {lines.map((line) => (
          <li key={plainLine(line)}>
            <Words line={line} />
          </li>
        ))}
      </Cut>
    </ul>
  );
}

function Table({ head, rows }: { readonly head: readonly string[]; readonly rows: readonly (readonly Line[])[] }) {
  return (
    <table class="report-table">
      <thead>
        <tr>
          {head.map((title, at) => (
            <th key={`${at} ${title}`} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={`${at} ${plainLine(row[0] ?? '')}`}>
            {row.map((cell, column) => (
              <td key={`${column} ${plainLine(cell)}`}>
                <Words line={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
