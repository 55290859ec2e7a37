import type { FailureKind } from './failure.js'

/** What holds for a kind of failure unless its cause says otherwise. */
export interface KindDefaults {
  /** Whether the same operation can succeed later by itself. */
  readonly retryable: boolean
  /** One sentence that says what to do. */
  readonly hint: string
}

/** The defaults of every kind. */
export const KIND_DEFAULTS: Readonly<Record<FailureKind, KindDefaults>> = {
  'secret-unavailable': {
    retryable: false,
    hint: 'Provide the credential: sign in with `codex login`, or set the variable or token that the message names.',
  },
  'backend-spawn-failed': {
    retryable: false,
    hint: 'Check that Codex is installed, executable and configured, or that its server can be reached.',
  },
  'backend-timeout': {
    retryable: true,
    hint: 'Codex did not answer in time: look at the state of the thread before repeating, or allow more time.',
  },
  'backend-json-parse-error': {
    retryable: false,
    hint: 'Something other than Codex writes to its output: start the native program without a wrapper.',
  },
  'backend-protocol-error': {
    retryable: false,
    hint: 'This Codex and this library do not understand each other: compare their versions.',
  },
  'backend-response-invalid': {
    retryable: false,
    hint: 'Codex answered with something unusable: ask for less at once, or compare the versions.',
  },
  'backend-failed': {
    retryable: false,
    hint: 'Read the message and the details; nothing more is known about this failure.',
  },
  'transport-closed-before-turn-completed': {
    retryable: true,
    hint: 'Start Codex again, resume the thread and read what the turn has done before repeating it.',
  },
  'provider-auth-failed': {
    retryable: false,
    hint: 'The provider refuses the credentials: sign in again, or replace the key.',
  },
  'provider-rate-limited': {
    retryable: true,
    hint: 'Wait, then try again with fewer requests at once.',
  },
  'provider-usage-limited': {
    retryable: false,
    hint: 'The quota or budget is used up: wait for its reset, or raise it.',
  },
  'provider-overloaded': {
    retryable: true,
    hint: 'The provider has no capacity at the moment: try again later, or use another model.',
  },
  'provider-unavailable': {
    retryable: true,
    hint: 'The provider cannot be reached or broke off its answer: check the network, then try again.',
  },
  'provider-bad-request': {
    retryable: false,
    hint: 'The provider refuses the request as it is: change the input, the output schema or the settings.',
  },
  'model-not-found': {
    retryable: false,
    hint: 'Choose a model that the provider offers to this account; `model/list` names them.',
  },
  'context-window-exceeded': {
    retryable: false,
    hint: 'Compact the thread, start a new one, or send less.',
  },
  'policy-refused': {
    retryable: false,
    hint: 'A policy refused the request: rephrase it, or ask for access.',
  },
  'sandbox-failed': {
    retryable: false,
    hint: 'The sandbox cannot be set up on this machine: check its kernel, or choose another sandbox mode.',
  },
  'server-overloaded': {
    retryable: true,
    hint: 'The app-server has too much in its queue: try again shortly, with fewer requests at once.',
  },
  'turn-stalled': {
    retryable: true,
    hint: 'Nothing happened for too long: look for an approval that waits, else interrupt and repeat the turn.',
  },
  'turn-interrupted': {
    retryable: false,
    hint: 'The turn was interrupted on purpose: start another one to go on.',
  },
  'approval-declined': {
    retryable: false,
    hint: 'An approval was declined: allow it by the approval policy, or tell the model to do without it.',
  },
  'exec-exit-nonzero': {
    retryable: false,
    hint: 'The program failed: read its exit code and the end of its error stream in the details.',
  },
  'invalid-input': {
    retryable: false,
    hint: 'Correct the option or argument that the message names.',
  },
}
