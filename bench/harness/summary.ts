import { BAND, type Comparison } from './band.js'
import type { TargetOfContestant } from './report.js'

/** How many targets are met, and which are not. */
export function targetSummary(targets: readonly TargetOfContestant[]): string {
  const missed = targets
    .filter(({ target }) => !target.isMet)
    .map(({ benchmark, contestant, target }) => {
      const whose = contestant === 'codex-conduit' ? benchmark : `${benchmark}, ${contestant}`
      return `- ${whose}: ${target.text}, is ${target.actual}`
    })
  const met = `${targets.length - missed.length} of ${targets.length} targets are met.`
  return missed.length === 0 ? met : `${met} Missed:\n${missed.join('\n')}`
}

/** How many figures of a run agree with those of an earlier one. */
export function comparisonSummary(comparisons: readonly Comparison[]): string {
  const ours = comparisons.filter(({ contestant }) => contestant.startsWith('codex-conduit'))
  const count = (of: readonly Comparison[]) =>
    `${of.filter(({ isWithin }) => isWithin).length} of ${of.length}`
  const percent = Math.round((BAND - 1) * 100)
  // Processor time is steady on a machine that does something else as well, and speed is not: each tells something.
  const kinds = [...new Set(ours.map(({ figure }) => figure))].map(
    (figure) => `${figure} ${count(ours.filter((one) => one.figure === figure))}`,
  )
  return (
    `Within ${percent} % or the quartiles of both: ${count(ours)} figures of the library (${kinds.join(', ')}), ` +
    `${count(comparisons)} of all.`
  )
}
