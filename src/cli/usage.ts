/** What `stepstream --help` says. */
export const USAGE = `Usage: stepstream <command>

  graph FILE [--json] [--class NAME]
      Draws the pipelines that FILE exports as Mermaid; --json prints their plans.
  check FILE [--json] [--class NAME]
      Lists everything that is wrong with them, and methods that assign to \`this\` while runs go on.
  run FILE --input JSON [--class NAME] [--store FILE.sqlite] [--timeout MS] [--context JSON] [--json]
      Runs one of them. On a terminal it shows tokens and steps as they come, elsewhere one JSON line per event.
  run FILE --store FILE.sqlite --resume RUN_ID --answers JSON
      Goes on with a suspended run. JSON may be the name of a file behind an @: --input @state.json.
  runs --store FILE.sqlite [list] [--pipeline NAME] [--status STATUS,…] [--limit N] [--json]
  runs --store FILE.sqlite show ID | timeline ID | compare ID ID [--json]
      Shows the runs that the file keeps: all, one, when its steps ran, or two side by side.
  runs --store FILE.sqlite clean [--before AGE|DATE] [--keep N] [--pipeline NAME]
      [--include-suspended] [--include-running]
      Deletes those that have ended before then (30d, 12h, 2026-01-31), or all but the newest N.
  doctor [DIR]
      Finds what keeps decorators from running in a project, and says what to do about it.
`;
