import type { Answer, Probe } from './probe.js'

/** What was found out about one version. */
export interface Column {
  readonly version: string
  /** An answer for each probe, in their order. */
  readonly answers: readonly Answer[]
}

/** The capabilities of versions as a table in Markdown. */
export function toTable(probes: readonly Probe[], columns: readonly Column[]): string {
  const head = ['', ...columns.map(({ version }) => version)]
  const rows = probes.map(({ name }, index) => [
    name,
    ...columns.map(({ answers }) => toCell(answers[index])),
  ])
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** The page `docs/compatibility.md`. */
export function toPage(probes: readonly Probe[], columns: readonly Column[]): string {
  return `# Compatibility

What each version of Codex can do through this library, found out by running its real binary against a model stub
on loopback. Written by \`npm run compat -- <versions…>\`; do not edit.

${toTable(probes, columns)}

- **turns told by**: \`codex/event\` is the older dialect, which the client translates; of servers that speak both,
  it listens to the current one.
- **turn ids**: where they are counted per thread, two threads have turns of the same id.
- **structured output**: where it is a no, Codex ignores the schema; the client still checks the answer against it.
- **command: named in the approval**: where it is a no, the command is only in the item that was announced before.
- **command: declined without a hook**, **file change: declined without a hook**: nothing was done in any of them;
  some versions tell the item as failed.
- **command: accept for the session**: where it is not offered, Codex names the decisions it takes for this command,
  and the client declines instead of giving another.
- **errors of the model**: the kind of failure that a 401 of the model's provider becomes.
`
}

function toCell(answer: Answer | undefined): string {
  if (!answer?.isYes) return 'no'
  return answer.how ?? 'yes'
}
