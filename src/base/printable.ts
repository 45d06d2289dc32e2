/**
 * Text from an input, made safe to show: control characters (terminal escapes among them), bidirectional overrides and
 * other invisible format characters become `?`, so that a device name can neither move the cursor nor hide text.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, '?');
}
