import { configOverrides } from '../process/index.js'
import { checkOptions } from '../util/validate.js'
import { checkCombinations } from './combinations.js'
import type { ExecRequest, ExecReview } from './request.js'

/** The files that a run writes for Codex, or has Codex write for it. */
export interface ExecFiles {
  readonly outputSchema?: string | undefined
  readonly lastMessage?: string | undefined
}

/**
 * The arguments with which a request runs Codex, each as the program gets it. Pure: it starts and writes nothing.
 *
 * The files of a run lie in a temporary folder that does not exist yet; `<output-schema.json>` and
 * `<last-message.txt>` stand for them. The prompt is not among the arguments: it goes through standard input.
 *
 * Throws `InvalidInputError` for options that exclude one another, and for a `config` that TOML cannot express.
 * `runExec` also checks the type of each option.
 */
export function buildExecArgs(request: ExecRequest<unknown>): string[] {
  checkOptions('request', request ?? null)
  return execArgs(request, {
    outputSchema: '<output-schema.json>',
    lastMessage: '<last-message.txt>',
  })
}

/** {@link buildExecArgs} with the paths of the files. */
export function execArgs(request: ExecRequest<unknown>, files: ExecFiles): string[] {
  checkCombinations(request)
  const { json = true, ephemeral, skipGitRepoCheck } = request
  // All before the subcommand: `codex exec resume`, `fork` and `review` know only some of them themselves.
  return [
    'exec',
    ...(json ? ['--json'] : []),
    ...option('color', request.color),
    ...option('model', request.model),
    ...option('profile', request.profile),
    ...option('sandbox', request.sandbox),
    ...overrides(request).flatMap((override) => ['-c', override]),
    ...options('add-dir', request.additionalWritableDirectories),
    ...options('image', request.images),
    ...option('output-schema', request.outputSchema === undefined ? undefined : files.outputSchema),
    ...option('output-last-message', request.outputLastMessage ?? (json ? undefined : files.lastMessage)),
    ...(ephemeral ? ['--ephemeral'] : []),
    ...(skipGitRepoCheck ? ['--skip-git-repo-check'] : []),
    ...source(request),
  ]
}

/** What Codex reads from standard input. */
export function execInput({ prompt, review }: ExecRequest<unknown>): string {
  if (review === undefined) return prompt ?? ''
  return 'instructions' in review ? review.instructions : ''
}

function source({ resume, resumeFromAnyFolder, fork, review }: ExecRequest<unknown>): string[] {
  if (review !== undefined) return ['review', ...target(review)]
  if (fork !== undefined) return ['fork', fork, '-']
  if (resume === undefined) return ['-']
  if (resume !== 'last') return ['resume', resume, '-']
  return ['resume', '--last', ...(resumeFromAnyFolder ? ['--all'] : []), '-']
}

function target(review: ExecReview): string[] {
  if ('uncommitted' in review) return ['--uncommitted']
  if ('base' in review) return option('base', review.base)
  if ('commit' in review) return [...option('commit', review.commit), ...option('title', review.title)]
  return ['-']
}

function overrides({ config, configOverrides: raw = [] }: ExecRequest<unknown>): string[] {
  return [...(config === undefined ? [] : configOverrides('config', config)), ...raw]
}

/** One argument, so that a value that begins with a dash cannot be taken for an option. */
function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${value}`]
}

function options(name: string, values: readonly string[] = []): string[] {
  return values.flatMap((value) => option(name, value))
}
