/** The first page: what peerpath answers, from the README, and where to go. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MACHINE_CARDS, SCENARIO_CARDS } from '../web/shipped.ts';
import { cards } from './examples.ts';
import type { Places } from './places.ts';
import { escapeHtml, type SitePage } from './site-page.ts';

/** How many cards of each kind. */
const FEW = 3;

/** @throws where the README no longer begins with its question, its answer and an example. */
export function homePage(root: string, places: Places): SitePage {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, question, answer, sample] = /^# peerpath\n\n\*\*(.+)\*\*\n\n(.+)\n\n((?: {4}.*\n|\n)+)/.exec(readme) ?? [];
  if (question === undefined || answer === undefined || sample === undefined)
    throw new Error('README.md does not begin with a question, an answer and an example');
  const path = 'index.html';
  const body = `<section class="hero">
<h1>${escapeHtml(question)}</h1>
<p>${escapeHtml(answer)}</p>
<p class="actions"><a class="button" href="explorer/index.html">Open the explorer</a> <a class="button quiet" href="README.html#run-it">Run it</a> <a class="button quiet" href="docs/library.html">Use it as a library</a></p>
</section>
<h2 id="machines">Machines to look at</h2>
${cards(root, places, path, 'example', MACHINE_CARDS.slice(0, FEW))}
<h2 id="scenarios">Scenarios to play, packet by packet</h2>
${cards(root, places, path, 'scenario', SCENARIO_CARDS.slice(0, FEW))}
<p><a href="examples/index.html">All examples</a></p>
<h2 id="an-answer">An answer</h2>
<pre tabindex="0"><code>${escapeHtml(sample.replaceAll(/^ {4}/gm, '').trimEnd())}</code></pre>
`;
  return { path, title: 'peerpath', section: 'start', body };
}
