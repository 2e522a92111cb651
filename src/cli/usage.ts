/** What `stepstream --help` says. */
export const USAGE = `Usage: stepstream <command>

  graph FILE [--json] [--class NAME]
      Draws the pipelines that FILE exports as Mermaid; --json prints their plans.
`;
