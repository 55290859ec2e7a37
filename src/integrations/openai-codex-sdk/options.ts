import type { ApprovalHook, ApprovalPolicy } from '../../approvals/index.js'

/** Time without a turn after which an app-server ends by default: 30,000 ms. */
export const DEFAULT_IDLE_TIMEOUT_MS = 30_000

/** A value of Codex's configuration. */
export type CodexConfigValue = string | number | boolean | CodexConfigValue[] | CodexConfigObject

/** Settings of Codex's configuration, as in `config.toml`. */
export type CodexConfigObject = {
  [key: string]: CodexConfigValue
}

/** Options of a {@link Codex}: those of the official package, and how approvals are decided. */
export type CodexOptions = {
  /**
   * The Codex executable: a path, or a name that is searched in the `PATH`. It must be Codex itself, since it is
   * run as `codex app-server`. @default that of the installed `@openai/codex` package
   */
  codexPathOverride?: string | undefined
  /** Base URL of OpenAI's API, for the built-in provider. @default Codex's own */
  baseUrl?: string | undefined
  /**
   * API key; used by this Codex only and stored nowhere. @default `CODEX_API_KEY` of the environment, else the
   * sign-in of the Codex home
   */
  apiKey?: string | undefined
  /** Settings that count for every thread, over those of the Codex home. @default none */
  config?: CodexConfigObject | undefined
  /** Further settings as `key=value` with a TOML value, over those of `config`. @default none */
  configOverrides?: string[] | undefined
  /** The whole environment of Codex: nothing is inherited beside it. @default that of this process */
  env?: Record<string, string> | undefined
  /**
   * Decides what Codex may do beyond its sandbox and answers its questions; not in the official package. Only
   * with it, or with `approvals`, a thread's `approvalPolicy` counts: without them nobody could answer, so that
   * Codex never asks. See {@link ApprovalHook} for what happens when it throws or does not answer.
   * @default Codex is told never to ask
   */
  onApproval?: ApprovalHook | undefined
  /** Decides in place of `onApproval`: made by `approvalPolicy`. Not in the official package. @default none */
  approvals?: ApprovalPolicy | undefined
  /**
   * Time without a turn after which the app-server ends, in milliseconds; the next turn starts another one. Until
   * then no other process can go on with its threads. Not in the official package.
   * @default DEFAULT_IDLE_TIMEOUT_MS
   */
  idleTimeoutMs?: number | undefined
}

/** When Codex asks for approval. Counts only where somebody answers; see {@link CodexOptions}. */
export type ApprovalMode = 'never' | 'on-request' | 'on-failure' | 'untrusted'

/** What commands may do. */
export type SandboxMode = 'read-only' | 'workspace-write' | 'danger-full-access'

/** How long the model thinks; not every model knows every effort. */
export type ModelReasoningEffort =
  | 'minimal'
  | 'low'
  | 'medium'
  | 'high'
  | 'xhigh'
  | 'max'
  | 'ultra'
  | 'persistent'

/** Whether and how the model searches the web. */
export type WebSearchMode = 'disabled' | 'cached' | 'live'

/** Options of a thread. They are read at each turn. What is left out is as the Codex home's configuration says. */
export type ThreadOptions = {
  model?: string | undefined
  /** What the thread is for, in the provider's statistics; counts when the thread is started. @default 'user' */
  threadSource?: string | undefined
  /** What commands may do. */
  sandboxMode?: SandboxMode | undefined
  /** The folder to work in. @default the working folder of this process */
  workingDirectory?: string | undefined
  /** Whether to work in a folder that is in no Git repository. @default false */
  skipGitRepoCheck?: boolean | undefined
  modelReasoningEffort?: ModelReasoningEffort | undefined
  /** Whether commands in the sandbox `workspace-write` may use the network. */
  networkAccessEnabled?: boolean | undefined
  webSearchMode?: WebSearchMode | undefined
  /** `true` for the web search mode `live`, `false` for `disabled`, where `webSearchMode` is left out. */
  webSearchEnabled?: boolean | undefined
  approvalPolicy?: ApprovalMode | undefined
  /** Folders to work in besides, relative to the working folder. @default none */
  additionalDirectories?: string[] | undefined
}

/** An access program for work on security. */
export type CyberAccessProgram = 'standard' | 'daybreak_blue' | 'daybreak_red'

/** Options of a turn. */
export type TurnOptions = {
  /** Access program to ask the built-in provider for. @default the server's choice */
  cyberAccessProgram?: CyberAccessProgram | undefined
  /** JSON schema of the answer; it is passed on as it is. @default none */
  outputSchema?: unknown
  /** Interrupts the turn, which then rejects with an error of the name `AbortError`. @default none */
  signal?: AbortSignal | undefined
}

/** A part of what the user says. */
export type UserInput = { type: 'text'; text: string } | { type: 'local_image'; path: string }

/** What the user says: text, or texts and images; several texts are joined by an empty line. */
export type Input = string | UserInput[]
