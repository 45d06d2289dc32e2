import { expect, test } from 'vitest';
import { deadLinks } from './dead-links.ts';

const page = (body: string): string => `<!doctype html><body>${body}</body>`;

test.each([
  ['<a href="b.html">', []],
  ['<a href="b.html#there">', []],
  ['<a href="#here" id="here">', []],
  ['<a href="https://example.org/">', []],
  ['<a href="explorer/index.html#open=example:one">', []],
  ['<a href="c.html">', ['a.html: c.html: there is no such page']],
  ['<a href="b.html#nowhere">', ['a.html: b.html#nowhere: the page has no such place']],
  ['<a href="#nowhere">', ['a.html: #nowhere: the page has no such place']],
  ['<a href="../b.html">', ['a.html: ../b.html: there is no such page']],
  ['<a href="/b.html">', ['a.html: /b.html: leads away from the site']],
  ['<a href="file:///b.html">', ['a.html: file:///b.html: leads away from the site']],
  ['<img src="picture.png">', ['a.html: picture.png: there is no such page']],
  ['<script src="https://example.org/x.js">', ['a.html: <script> loads https://example.org/x.js']],
  [
    '<a href="explorer/index.html#open=example:two">',
    ['a.html: explorer/index.html#open=example:two: the explorer has no such thing'],
  ],
  ['<p id="one"></p><p id="one"></p>', ['a.html: two places are called #one']],
])('%s', (body, faults) => {
  const files = new Map([
    ['a.html', page(body)],
    ['b.html', page('<h2 id="there">')],
    ['explorer/index.html', page('')],
  ]);
  expect(deadLinks(files, new Set(['example:one']))).toEqual(faults);
});
