/** A text in quotes, a comment, or a comma before a closing bracket. */
const PARTS = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\/|,(?=(?:\s|\/\/[^\n]*|\/\*[^]*?\*\/)*[\]}])/g;

/** Reads JSON with comments and commas at the ends, as in tsconfig.json. Throws for what is neither. */
export const parseJsonc = (text: string): unknown =>
  JSON.parse(text.replace(/^\uFEFF/, '').replace(PARTS, (part) => (part.startsWith('"') ? part : ''))) as unknown;
