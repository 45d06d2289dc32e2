/** Gauges in the text format of Prometheus, for a textfile collector. */

/** One gauge. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** All gauges; those without a value are left out. */
export function prometheusText(gauges: readonly Gauge[]): string {
  return gauges
    .filter(({ values }) => values.length > 0)
    .flatMap(({ name, help, values }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} gauge`,
      ...values.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`),
    ])
    .join('\n');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const each = Object.entries(labels).map(([name, text]) => `${name}="${escaped(text)}"`);
  return each.length === 0 ? '' : `{${each.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', ' ');
}
