import type { FailureKind } from './failure.js'

/** What holds for a kind of failure unless its cause says otherwise. */
export interface KindDefaults {
  /** The message of a cause that has none. */
  readonly summary: string
  /** Whether the same operation can succeed later by itself. */
  readonly retryable: boolean
  /** One sentence that says what to do. */
  readonly hint: string
}

/** The defaults of every kind. */
export const KIND_DEFAULTS: Readonly<Record<FailureKind, KindDefaults>> = {
  'secret-unavailable': {
    summary: 'A credential is missing or not accepted by Codex',
    retryable: false,
    hint: 'Provide the credential: sign in with `codex login`, or set the variable or token that the message names.',
  },
  'backend-spawn-failed': {
    summary: 'Codex could not be started or reached',
    retryable: false,
    hint: 'Check that Codex is installed, executable and configured, or that its server can be reached.',
  },
  'backend-timeout': {
    summary: 'Codex did not answer in time',
    retryable: true,
    hint: 'Codex did not answer in time: look at the state of the thread before repeating, or allow more time.',
  },
  'backend-json-parse-error': {
    summary: 'Codex wrote something that is not JSON',
    retryable: false,
    hint: 'Something other than Codex writes to its output: start the native program without a wrapper.',
  },
  'backend-protocol-error': {
    summary: 'Codex broke the protocol',
    retryable: false,
    hint: 'This Codex and this library do not understand each other: compare their versions.',
  },
  'backend-response-invalid': {
    summary: 'Codex answered with something unusable',
    retryable: false,
    hint: 'Codex answered with something unusable: ask for less at once, or compare the versions.',
  },
  'backend-failed': {
    summary: 'Codex failed without saying why',
    retryable: false,
    hint: 'Read the message and the details; nothing more is known about this failure.',
  },
  'transport-closed-before-turn-completed': {
    summary: 'The connection to Codex ended too early',
    retryable: true,
    hint: 'Start Codex again, resume the thread and read what the turn has done before repeating it.',
  },
  'provider-auth-failed': {
    summary: 'The provider refused the credentials',
    retryable: false,
    hint: 'The provider refuses the credentials: sign in again, or replace the key.',
  },
  'provider-rate-limited': {
    summary: 'The provider refused: too many requests',
    retryable: true,
    hint: 'Wait, then try again with fewer requests at once.',
  },
  'provider-usage-limited': {
    summary: 'A quota or budget is used up',
    retryable: false,
    hint: 'The quota or budget is used up: wait for its reset, or raise it.',
  },
  'provider-overloaded': {
    summary: 'The provider has no capacity',
    retryable: true,
    hint: 'The provider has no capacity at the moment: try again later, or use another model.',
  },
  'provider-unavailable': {
    summary: 'The provider could not be reached or broke off its answer',
    retryable: true,
    hint: 'The provider cannot be reached or broke off its answer: check the network, then try again.',
  },
  'provider-bad-request': {
    summary: 'The provider refused the request',
    retryable: false,
    hint: 'The provider refuses the request as it is: change the input, the output schema or the settings.',
  },
  'model-not-found': {
    summary: 'The provider does not offer the model',
    retryable: false,
    hint: 'Choose a model that the provider offers to this account; `model/list` names them.',
  },
  'context-window-exceeded': {
    summary: "The conversation is longer than the model's context window",
    retryable: false,
    hint: 'Compact the thread, start a new one, or send less.',
  },
  'policy-refused': {
    summary: 'A policy refused the request',
    retryable: false,
    hint: 'A policy refused the request: rephrase it, or ask for access.',
  },
  'sandbox-failed': {
    summary: 'The sandbox could not be set up',
    retryable: false,
    hint: 'The sandbox cannot be set up on this machine: check its kernel, or choose another sandbox mode.',
  },
  'server-overloaded': {
    summary: 'The app-server has too many requests in its queue',
    retryable: true,
    hint: 'The app-server has too much in its queue: try again shortly, with fewer requests at once.',
  },
  'turn-stalled': {
    summary: 'Nothing happened in the turn for too long',
    retryable: true,
    hint: 'Nothing happened for too long: look for an approval that waits, else interrupt and repeat the turn.',
  },
  'turn-interrupted': {
    summary: 'The turn was interrupted',
    retryable: false,
    hint: 'The turn was interrupted on purpose: start another one to go on.',
  },
  'approval-declined': {
    summary: 'An approval was declined',
    retryable: false,
    hint: 'An approval was declined: allow it by the approval policy, or tell the model to do without it.',
  },
  'exec-exit-nonzero': {
    summary: 'The program ended with a failure',
    retryable: false,
    hint: 'The program failed: read its exit code and the end of its error stream in the details.',
  },
  'invalid-input': {
    summary: 'An option or argument is wrong',
    retryable: false,
    hint: 'Correct the option or argument that the message names.',
  },
}
