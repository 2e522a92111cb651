/**
 * Makes a text safe inside a quoted Mermaid label, by Mermaid's own entity codes: a quote would end the label, a `#`
 * begins a code, `<` and `&` begin HTML, `%%{` a directive wherever it stands, and a backtick Markdown. What can't be
 * seen is drawn as a blank.
 */
export const escapeLabel = (text: string): string =>
  text.replace(/\p{Cc}+/gu, ' ').replace(/["#%<>&`\\;]/g, (character) => CODES[character]);

const CODES: Readonly<Record<string, string>> = {
  '"': '#quot;',
  '<': '#lt;',
  '>': '#gt;',
  '&': '#amp;',
  '#': '#35;',
  '%': '#37;',
  '`': '#96;',
  '\\': '#92;',
  ';': '#59;',
};
