/** What the chatbot can look up; a real one would ask a search engine or a database. */
export const NOTES: readonly string[] = [
  'A step is a method with a decorator: @Step returns a value, @Streaming yields tokens.',
  'Stop cancels the run: the signal of the step is aborted, the request to the model is broken off, its finally runs.',
  'A reload only detaches from the run. The page comes back with the number of the last event and goes on behind it.',
  'Two steps that one step leads to run at once; the step that both lead to waits for both.',
];
