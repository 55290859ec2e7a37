import type { OutputSchema } from '../output/structured-output.js'
import type { ConfigObject, Env, TerminateOptions } from '../process/index.js'

/** What commands of the model may do without asking. */
export type ExecSandbox = 'read-only' | 'workspace-write' | 'danger-full-access'

/** When Codex writes colours. */
export type ExecColor = 'always' | 'never' | 'auto'

/** What is reviewed: uncommitted changes, changes against a branch, one commit, or whatever the instructions say. */
export type ExecReview =
  | { readonly uncommitted: true }
  | { readonly base: string }
  | { readonly commit: string; readonly title?: string | undefined }
  | { readonly instructions: string }

/** How much of a run's output is kept. */
export interface ExecLimits {
  /** Most bytes of `result.stdout`: the last ones are kept. @default 16384 */
  readonly stdoutTailBytes?: number | undefined
  /** Most bytes of `result.stderr`: the last ones are kept. @default 16384 */
  readonly stderrTailBytes?: number | undefined
  /**
   * Most bytes, as JSON, of the events that `result.jsonEvents` keeps, and of those that wait for the reader of a
   * stream; the oldest go first, those that begin or end the turn last. @default 16777216
   */
  readonly eventBytes?: number | undefined
  /** Longest line in bytes that is read as an event; a longer one is skipped and told. @default 134217728 */
  readonly lineBytes?: number | undefined
}

/**
 * A job for `codex exec`. Nothing of it is passed through a shell.
 *
 * @typeParam Output - what the answer is, when `outputSchema` can check it
 */
export interface ExecRequest<Output = undefined> {
  /**
   * What to say, written to the standard input of Codex, so that neither its length nor its first character
   * matters. Required, except for a review, which takes none.
   */
  readonly prompt?: string | undefined
  /** Folder in which Codex runs; relative paths of the request start there. @default process.cwd() */
  readonly cwd?: string | undefined
  /** @default the model of the Codex home's configuration */
  readonly model?: string | undefined
  /**
   * Name of a profile: `$CODEX_HOME/<name>.config.toml` is laid over the configuration. Codex 0.169.0 takes no
   * notice of a name that it does not find.
   */
  readonly profile?: string | undefined
  /** @default that of the Codex home's configuration */
  readonly sandbox?: ExecSandbox | undefined
  /** Settings over those of the Codex home, as for `configOverrides`. */
  readonly config?: ConfigObject | undefined
  /** Further overrides as Codex takes them: `key=value`, the value in TOML. They come after `config`. */
  readonly configOverrides?: readonly string[] | undefined
  /** Folders that may be written beside the working folder. */
  readonly additionalWritableDirectories?: readonly string[] | undefined
  /** Image files for the prompt. Each must be there and readable; none may have a comma in its path. */
  readonly images?: readonly string[] | undefined
  /**
   * Shape of the answer: a zod schema (4.2 or later), which also checks the answer and gives `result.output` its
   * type, or a JSON schema in strict form.
   */
  readonly outputSchema?: OutputSchema<Output> | Readonly<Record<string, unknown>> | undefined
  /** File to which Codex writes its last message. A run that fails leaves it alone. */
  readonly outputLastMessage?: string | undefined
  /** Whether Codex writes events. Without them only the last message and the exit tell how it went. @default true */
  readonly json?: boolean | undefined
  /** @default auto, which is never: nobody gives Codex a terminal here */
  readonly color?: ExecColor | undefined
  /** Whether the session is not saved. @default false */
  readonly ephemeral?: boolean | undefined
  /** Whether Codex runs in a folder that is no Git repository. @default false */
  readonly skipGitRepoCheck?: boolean | undefined
  /**
   * Session to go on with: its id (a UUID), or `last` for the newest of this folder. Codex begins a new one
   * when there is no last.
   */
  readonly resume?: string | undefined
  /** Whether `resume: 'last'` looks at the sessions of every folder. @default false */
  readonly resumeFromAnyFolder?: boolean | undefined
  /** Id (a UUID) of a session whose copy to go on with. */
  readonly fork?: string | undefined
  /** Reviews changes in place of saying a prompt. */
  readonly review?: ExecReview | undefined
  /** Variables laid over those of this process. `undefined` removes a variable. */
  readonly env?: Env | undefined
  /** The Codex executable; a relative path starts at `process.cwd()`. @default the one that `locateCodex` finds */
  readonly cliPath?: string | undefined
  /** Time the whole run has, in milliseconds, from the call on; its termination comes on top. @default Infinity */
  readonly timeoutMs?: number | undefined
  /** Cancels the run. */
  readonly signal?: AbortSignal | undefined
  /** What the run is for, for the caller's own records; handed back in `invocation`. */
  readonly purpose?: string | undefined
  /** Anything for the caller's own records; handed back in `invocation` as it is. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /**
   * Told the process number of Codex once it runs, before the prompt is written. When it returns a promise, the
   * prompt waits for it: a program that must find the process again after a crash of its own writes the number down.
   * What it throws or rejects with ends the run as `CODEX_EXEC_SPAWN_FAILED`.
   */
  readonly onSpawn?: ((pid: number) => unknown) | undefined
  /** How Codex is ended. @default {@link DEFAULT_EXEC_TERMINATION} */
  readonly termination?: Omit<TerminateOptions, 'force' | 'stdinGraceMs'> | undefined
  /**
   * Time Codex has to exit after it has told the turn's end, closed its output or stopped to read the prompt, in
   * milliseconds; it is then ended. @default {@link DEFAULT_EXIT_GRACE_MS}
   */
  readonly exitGraceMs?: number | undefined
  /** How much of the output is kept. */
  readonly limits?: ExecLimits | undefined
}

/**
 * How a run is ended unless its request says otherwise, in milliseconds: SIGINT, at which Codex ends its commands,
 * then SIGTERM, then SIGKILL, each to the whole process group.
 */
export const DEFAULT_EXEC_TERMINATION = {
  interruptGraceMs: 2_000,
  termGraceMs: 2_000,
  killGraceMs: 2_000,
  drainGraceMs: 2_000,
} as const

/** Time Codex has to exit when it has nothing more to do: 10,000 ms. */
export const DEFAULT_EXIT_GRACE_MS = 10_000

/** Bytes of events that are kept: 16 MiB. */
export const DEFAULT_EVENT_BYTES = 16 * 1024 * 1024
