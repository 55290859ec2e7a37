import type { ChildHandle, ExitStatus, TailBuffer } from '../process/index.js'
import { EventLog } from './event-log.js'
import { EventReader, type ExecParseError } from './event-reader.js'
import type { ExecEvent } from './events.js'
import type { ExecJob } from './job.js'
import type { ExecResult } from './outcome.js'
import {
  type ExecUsage,
  isTurnEnd,
  mayHaveSideEffects,
  readErrorText,
  readMessage,
  readUsage,
} from './read-event.js'

const MAX_PARSE_ERRORS = 100

/** Receives each event of a run as it comes, and how long it was as JSON, in bytes. Must not throw. */
export type EventObserver = (event: ExecEvent, bytes: number) => void

/** What is learnt of a run while it goes on. */
export class RunRecord {
  /** How the turn ended, as far as the events say. */
  ending: 'completed' | 'failed' | undefined
  /** The last error that an event told. */
  errorText: string | undefined
  /** The agent's last message, as far as the events say. */
  lastMessage: string | undefined
  hasTurnBegun = false
  sideEffectsSeen = false
  readonly #onEvent: EventObserver
  readonly #startedAt = new Date()
  readonly #start = performance.now()
  readonly #parseErrors: ExecParseError[] = []
  #parseErrorCount = 0
  #threadId: string | undefined
  #usage: ExecUsage | undefined
  #log: EventLog | undefined
  #reader: EventReader | undefined
  #child: ChildHandle | undefined
  #stdout: TailBuffer | undefined
  #redact: (text: string) => string = (text) => text

  constructor(onEvent: EventObserver) {
    this.#onEvent = onEvent
  }

  /** Time since the run was asked for, in milliseconds. */
  get elapsedMs(): number {
    return performance.now() - this.#start
  }

  /** Whether Codex was started. */
  get isSpawned(): boolean {
    return this.#child !== undefined
  }

  /** The last part of the error stream, without secrets. */
  get stderr(): string {
    return this.#redact(this.#child?.stderrTail() ?? '')
  }

  /** The program runs; its output goes into the buffer. */
  spawned(
    child: ChildHandle,
    stdout: TailBuffer,
    { lineBytes, eventBytes }: ExecJob<unknown>['limits'],
    redact: (text: string) => string,
  ): void {
    this.#redact = redact
    this.#child = child
    this.#stdout = stdout
    const log = new EventLog(eventBytes)
    this.#log = log
    const sink = {
      event: (event: ExecEvent, bytes: number) => {
        log.add(event, bytes)
        this.#learn(event)
        this.#onEvent(event, bytes)
      },
      problem: (describe: () => ExecParseError) => {
        this.#parseErrorCount += 1
        if (this.#parseErrors.length >= MAX_PARSE_ERRORS) return
        const problem = describe()
        this.#parseErrors.push({ ...problem, excerpt: redact(problem.excerpt) })
      },
    }
    this.#reader = new EventReader(sink, lineBytes)
  }

  /** Reads events from the next part of the output. */
  read(chunk: Uint8Array): void {
    this.#reader?.push(chunk)
  }

  /** Reads a last event that has no line feed. */
  endOfOutput(): void {
    this.#reader?.end()
  }

  /** What is known now. */
  result<Output>(
    { code, signal }: ExitStatus,
    timedOut: boolean,
    lastMessage: string | undefined,
    output: Output,
  ): ExecResult<Output> {
    return {
      durationMs: this.elapsedMs,
      startedAt: this.#startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
      exitCode: code,
      signal,
      timedOut,
      threadId: this.#threadId,
      lastMessage,
      output,
      usage: this.#usage,
      jsonEvents: this.#log?.events() ?? [],
      jsonEventsDropped: this.#log?.dropped ?? 0,
      jsonParseErrors: this.#parseErrors,
      jsonParseErrorCount: this.#parseErrorCount,
      stdout: this.#stdout?.text() ?? '',
      stdoutBytes: this.#stdout?.totalBytes ?? 0,
      stderr: this.stderr,
      stderrBytes: this.#child?.stderrBytes ?? 0,
    }
  }

  #learn(event: ExecEvent): void {
    this.errorText = readErrorText(event) ?? this.errorText
    this.lastMessage = readMessage(event) ?? this.lastMessage
    this.sideEffectsSeen ||= mayHaveSideEffects(event)
    if (event.type === 'thread.started') this.#threadId = event.thread_id
    if (event.type === 'turn.started') {
      this.hasTurnBegun = true
      this.ending = undefined
    }
    if (isTurnEnd(event)) this.ending = event.type === 'turn.completed' ? 'completed' : 'failed'
    if (event.type === 'turn.completed') this.#usage = readUsage(event)
  }
}
