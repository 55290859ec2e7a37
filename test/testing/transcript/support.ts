import { expect, onTestFinished } from 'vitest'
import {
  type CloseReason,
  RpcPeer,
  type RpcPeerOptions,
  TransportClosedError,
  type WireMessage,
} from '../../../src/rpc/index.js'
import {
  parseTranscript,
  type RecordOptions,
  type ReplayOptions,
  record,
  replay,
  type Transcript,
  type TranscriptEntry,
  type TranscriptSink,
} from '../../../src/testing/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { ManualTransport, macrotask } from '../../rpc/helpers.js'

/** A transcript with the given entries; their times are those given, or 0. */
export function transcriptOf(
  ...entries: readonly (Partial<TranscriptEntry> & { type: string })[]
): Transcript {
  const header = { transcript: 1, redacted: true }
  const lines = [header, ...entries.map((entry) => ({ atMs: 0, ...entry }))]
  return parseTranscript(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

export const sent = (message: object, atMs = 0) => ({ type: 'sent', atMs, message }) as const
export const received = (message: object, atMs = 0) => ({ type: 'received', atMs, message }) as const

/** A client whose side is recorded, and the server that it speaks with. */
export async function recordedPair(options: RecordOptions = {}, clientOptions: RpcPeerOptions = {}) {
  const lines: string[] = []
  const [near, far] = memoryPair()
  const recording = record(near, (line) => lines.push(line), options)
  const client = new RpcPeer(recording, { jsonrpcHeader: false, ...clientOptions })
  const server = new RpcPeer(far, { jsonrpcHeader: false })
  onTestFinished(async () => {
    await client.close()
    await server.close()
  })
  await Promise.all([client.start(), server.start()])
  const transcript = () => parseTranscript(lines.map((line) => `${line}\n`).join(''))
  return { client, server, recording, lines, transcript }
}

/** What a transcript says, without times. */
export function gist({ entries }: Transcript): unknown[] {
  return entries.map(({ atMs: _, ...entry }) => entry)
}

/** A replay that is started, and what it tells. */
export async function openReplay(transcript: Transcript, options: ReplayOptions = {}) {
  const transport = replay(transcript, options)
  const messages: WireMessage[] = []
  const errors: Error[] = []
  const reasons: CloseReason[] = []
  transport.onmessage = (message) => messages.push(message)
  transport.onerror = (error) => errors.push(error)
  transport.onclose = (reason) => reasons.push(reason)
  onTestFinished(() => transport.close())
  await transport.start()
  return { transport, messages, errors, reasons }
}

/** Sends messages to a replay of others, and returns what it found wrong. */
export async function diverge(
  recorded: readonly object[],
  actual: readonly object[],
  options?: ReplayOptions,
) {
  const { transport, reasons } = await openReplay(
    transcriptOf(...recorded.map((message) => sent(message)), received({ method: 'end' })),
    options,
  )
  for (const message of actual) transport.send(message)
  await macrotask()
  if (transport.mismatch) {
    expect(reasons).toMatchObject([{ kind: 'error', cause: transport.mismatch }])
    expect(() => transport.send({ method: 'late' })).toThrow(TransportClosedError)
  }
  return transport.mismatch
}

/** A recorded transport whose other side is the test. */
export function recordManual(sink: TranscriptSink, inner = new ManualTransport()) {
  const errors: Error[] = []
  const messages: WireMessage[] = []
  const recording = record(inner, sink)
  recording.onerror = (error) => errors.push(error)
  recording.onmessage = (message) => messages.push(message)
  return { inner, recording, errors, messages }
}
