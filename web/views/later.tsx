/** Views whose code is in `pictures.js`: that is loaded when the first of them is opened, or when there is time. */
import { type Signal, signal } from '@preact/signals';
import type { ComponentChild } from 'preact';
import { useEffect } from 'preact/hooks';
import { messageOf } from '../../src/base/index.ts';
import type { PICTURES } from '../pictures.tsx';
import { loadScript } from '../script.ts';
import { SHARED } from '../shared.ts';

type Pictures = typeof PICTURES;

declare global {
  var peerpathPage: object;
  var peerpathPictures: Pictures | undefined;
}

globalThis.peerpathPage = SHARED;

const pictures: Signal<Pictures | undefined> = signal(undefined);
const missing: Signal<string | undefined> = signal(undefined);
/** Once somebody asked for them. */
const asked: { loading: Promise<void> | undefined } = { loading: undefined };

/** Has the code of the pictures come. */
export function loadPictures(): Promise<void> {
  asked.loading ??= loadScript('pictures.js', () => globalThis.peerpathPictures).then(
    (come) => {
      pictures.value = come;
      missing.value = undefined;
    },
    (error: unknown) => {
      asked.loading = undefined;
      missing.value = messageOf(error);
    },
  );
  return asked.loading;
}

/** A place for one of the views: `draw` draws with them, once they are there. */
export function Later({ draw }: { readonly draw: (views: Pictures) => ComponentChild }) {
  useEffect(() => void loadPictures(), []);
  if (pictures.value !== undefined) return draw(pictures.value);
  return <p class={missing.value === undefined ? 'muted' : 'notice bad'}>{missing.value ?? 'One moment…'}</p>;
}
