import { Pipeline, Streaming, type Ctx } from 'stepstream';

/** What a careless reader or writer of streams breaks on. */
export const ODD = [
  'plain',
  '',
  '\n',
  'two\nlines',
  'a\r\nb\rc\n\n',
  '\u2028 and \u2029',
  '\ufeffwith a mark',
  'data: faked\n\nid: 999\nevent: run-end\ndata: {}\n\n',
  ': a comment',
  '\0\u0001\u001f\u007f',
  '😀 as one',
  '\ud83d',
  '\ude00',
  '\ude00\ud83d',
  'e\u0301 👩‍👩‍👧‍👦 नमस्ते',
  '"quoted" \\ and \\u0041',
  '</script><!--',
  ' leads and trails ',
] as const;

/** Says what it is given, token by token. */
export class Says extends Pipeline<{ words: string[] }> {
  @Streaming()
  async *respond({ state }: Ctx<this>) {
    yield* state.words;
  }
}
