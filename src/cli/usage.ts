/** What `stepstream --help` says. */
export const USAGE = `Usage: stepstream <command>

  graph FILE [--json] [--class NAME]
      Draws the pipelines that FILE exports as Mermaid; --json prints their plans.
  check FILE [--json] [--class NAME]
      Lists everything that is wrong with them, and methods that assign to \`this\` while runs go on.
`;
