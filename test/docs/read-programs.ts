import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The root of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A program that a page shows. */
export interface Program {
  /** The page, from the root: `docs/guides/state.md`. */
  readonly page: string;
  /** The line of the page on which its first block begins. */
  readonly line: number;
  /** The last heading before it. */
  readonly heading: string;
  /** Its code, at the lines that it has in the page, so that a compiler's answer names them. */
  readonly code: string;
  /** What the page says that it prints; undefined if the page doesn't say. */
  readonly output: string | undefined;
  /** Whether it uses decorators of Nest, which are legacy ones: it is no program in the standard dialect. */
  readonly legacyOnly: boolean;
}

interface Block {
  readonly language: string;
  readonly line: number;
  readonly heading: string;
  readonly text: string;
}

/** README.md and all pages of docs/. */
export function listPages(): string[] {
  const docs = readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' });
  return ['README.md', ...docs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)].sort();
}

export const readPage = (page: string): string => readFileSync(root + page, 'utf8');

/**
 * The programs of a page. A ts block that imports something begins one, and the blocks after it up to the next that
 * imports go on with it. A text block right behind a ts block is what the program prints.
 */
export function readPrograms(page: string): Program[] {
  const programs: (Program & { code: string; output: string | undefined })[] = [];
  let before: Block | undefined;
  for (const block of readBlocks(readPage(page))) {
    const current = programs.at(-1);
    if (block.language === 'ts') {
      if (/^import /m.test(block.text)) {
        const { line, heading, text } = block;
        const legacyOnly = text.includes(" from '@nestjs/common'");
        programs.push({ page, line, heading, code: atLine('', block), output: undefined, legacyOnly });
      } else if (current) current.code = atLine(current.code, block);
      else throw new Error(`${page}:${block.line}: the first block of a program imports what it needs.`);
    }
    if (block.language === 'text' && before?.language === 'ts') current!.output = (current!.output ?? '') + block.text;
    before = block;
  }
  return programs;
}

/** The text of the first text block under a heading. */
export const readText = (page: string, heading: string): string | undefined =>
  readBlocks(readPage(page)).find((block) => block.language === 'text' && block.heading === heading)?.text;

function readBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (open && line === '```') {
      blocks.push({ language: open.language, line: open.line, heading, text: open.lines.join('\n') + '\n' });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (line.startsWith('```')) open = { language: line.slice(3), line: index + 2, lines: [] };
    else if (/^#+ /.test(line)) heading = line.replace(/^#+ /, '');
  }
  return blocks;
}

function atLine(code: string, { line, text }: Block): string {
  const lines = code === '' ? 0 : code.split('\n').length - 1;
  return code + '\n'.repeat(line - 1 - lines) + text;
}
