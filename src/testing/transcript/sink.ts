import { createWriteStream } from 'node:fs'
import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { deferred } from '../../util/deferred.js'
import { InvalidInputError } from '../../util/errors.js'

/** Takes text in pieces: any writable stream of Node, or an object of one's own. */
export interface TranscriptWriter {
  write(text: string): unknown
}

/**
 * Where the lines of a transcript go:
 * - the path of a file, which is overwritten, and is readable by its owner only when it is new;
 * - a function that takes each line, without its line feed, and may return a promise;
 * - a writable stream, which is written to but not ended: it stays its owner's.
 */
export type TranscriptSink = string | URL | TranscriptWriter | ((line: string) => unknown)

/** A sink of any kind that is ready to be written to. */
export interface OpenSink {
  /** Takes a line without its line feed. May throw. */
  write(line: string): void
  /** Resolves when the sink has taken all lines; rejects when it failed. */
  finish(): Promise<void>
}

/** Throws `InvalidInputError` unless a value is a sink. */
export function checkSink(sink: unknown): void {
  const isPath = (typeof sink === 'string' && sink !== '') || sink instanceof URL
  if (isPath || typeof sink === 'function' || isWriter(sink)) return
  throw new InvalidInputError('sink', sink, 'a path, a function or a writable stream')
}

/** Opens a sink. `onError` is told of failures that come after the write that they belong to. */
export function openSink(sink: TranscriptSink, onError: (error: unknown) => void): OpenSink {
  if (typeof sink === 'function') return openFunction(sink, onError)
  if (typeof sink === 'string' || sink instanceof URL) return openFile(sink, onError)
  return openWriter(sink, onError)
}

function openFunction(sink: (line: string) => unknown, onError: (error: unknown) => void): OpenSink {
  const open = new Set<Promise<unknown>>()
  return {
    write(line) {
      const result = sink(line)
      if (!(result instanceof Promise)) return
      open.add(result)
      const settle = () => open.delete(result)
      result.then(settle, (error) => {
        settle()
        onError(error)
      })
    },
    async finish() {
      await Promise.all(open)
    },
  }
}

function openFile(path: string | URL, onError: (error: unknown) => void): OpenSink {
  // What a program says to its agent is nobody else's business.
  const stream = createWriteStream(path, { mode: 0o600 })
  stream.on('error', onError)
  return {
    write(line) {
      stream.write(`${line}\n`)
    },
    async finish() {
      stream.end()
      await finished(stream)
    },
  }
}

function openWriter(writer: TranscriptWriter, onError: (error: unknown) => void): OpenSink {
  if (writer instanceof Writable) return openStream(writer, onError)
  return { write: (line) => void writer.write(`${line}\n`), finish: async () => {} }
}

function openStream(stream: Writable, onError: (error: unknown) => void): OpenSink {
  // Without a listener, an error of the stream would end the program.
  stream.on('error', onError)
  let last: Promise<void> = Promise.resolve()
  let isBroken = false
  return {
    write(line) {
      const { promise, resolve } = deferred<void>()
      stream.write(`${line}\n`, (error) => {
        if (error) {
          isBroken = true
          onError(error)
        }
        resolve()
      })
      last = promise
    },
    async finish() {
      await last
      // A write that fails is told of first here, and then by an event.
      if (!isBroken) stream.off('error', onError)
    },
  }
}

function isWriter(value: unknown): value is TranscriptWriter {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'write') === 'function'
}
