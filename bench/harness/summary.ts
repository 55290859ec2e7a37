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
  const isOurs = ({ contestant }: Comparison) => contestant.startsWith('codex-conduit')
  const count = (of: readonly Comparison[]) =>
    `${of.filter(({ isWithin }) => isWithin).length} of ${of.length}`
  const percent = Math.round((BAND - 1) * 100)
  return (
    `Within ${percent} % or the quartiles of both: ${count(comparisons.filter(isOurs))} figures of the library, ` +
    `${count(comparisons)} of all.`
  )
}
