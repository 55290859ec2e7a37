import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseTranscript, readTranscript, TranscriptFormatError } from '../../../src/testing/index.js'
import { InvalidInputError } from '../../../src/util/errors.js'

const HEADER = '{"transcript":1,"redacted":true}'
const SENT = '{"type":"sent","atMs":1,"message":{"method":"a"}}'
const CLOSED = '{"type":"closed","atMs":2,"reason":{"kind":"remote","message":"gone"}}'

describe('a transcript', () => {
  it('is read with what it does not know', () => {
    const header = '{"transcript":1,"redacted":false,"about":{"scenario":"x"},"later":true}'
    const transcript = parseTranscript(`${header}\n${SENT.replace('"atMs":1', '"atMs":1,"more":[1]')}\n`)
    expect(transcript).toEqual({
      header: { transcript: 1, redacted: false, about: { scenario: 'x' }, later: true },
      entries: [{ type: 'sent', atMs: 1, more: [1], message: { method: 'a' } }],
    })
  })

  it('may be a header alone, and may lack the last line feed', () => {
    expect(parseTranscript(HEADER).entries).toEqual([])
    expect(parseTranscript(`${HEADER}\n${SENT}`).entries).toHaveLength(1)
  })

  it.each<[string, number, string[], RegExp]>([
    ['is empty', 1, [], /empty/],
    ['does not begin with a header', 1, [SENT], /header/],
    ['is of a later version', 1, [HEADER.replace('1', '2')], /version 2; this library reads version 1/],
    ['does not say whether it is redacted', 1, ['{"transcript":1}'], /redacted/],
    ['has notes that are no object', 1, ['{"transcript":1,"redacted":true,"about":"x"}'], /about/],
    ['has a line that is no JSON', 2, [HEADER, 'not json', SENT], /it is not JSON$/],
    ['was cut off', 3, [HEADER, SENT, SENT.slice(0, -5)], /not JSON; the recording may have been cut off/],
    ['has an empty line', 2, [HEADER, '', SENT], /not JSON/],
    ['has a line that is no object', 2, [HEADER, '[]'], /not a JSON object/],
    ['has an unknown type', 2, [HEADER, SENT.replace('sent', 'said')], /`type` must be/],
    ['has a message that is none', 2, [HEADER, SENT.replace('{"method":"a"}', '"a"')], /`message`/],
    ['has no time', 2, [HEADER, SENT.replace('"atMs":1', '"atMs":"1"')], /`atMs` must be/],
    ['goes back in time', 3, [HEADER, CLOSED, SENT], /before that of the line above/],
    ['goes on after its end', 3, [HEADER, CLOSED, CLOSED], /nothing can follow/],
    ['closes for no reason', 2, [HEADER, CLOSED.replace('"remote"', '"whim"')], /`reason`/],
    [
      'has a cause that is no error',
      2,
      [HEADER, CLOSED.replace('"kind":"remote"', '"kind":"error","cause":"x"')],
      /`reason`/,
    ],
    ['has a problem without error', 2, [HEADER, '{"type":"problem","atMs":0}'], /`error`/],
  ])('that %s is refused, naming line %i', (_what, line, lines, message) => {
    const error = thrownBy(() => parseTranscript(lines.map((text) => `${text}\n`).join('')))
    expect(error).toBeInstanceOf(TranscriptFormatError)
    expect(error).toMatchObject({ code: 'TRANSCRIPT_INVALID', line })
    expect((error as Error).message).toMatch(message)
  })

  it('is read from a file by path or URL', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'transcript-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const path = join(folder, 'a.jsonl')
    await writeFile(path, `${HEADER}\n${SENT}\n`)
    expect(await readTranscript(path)).toEqual(await readTranscript(pathToFileURL(path)))
    await expect(readTranscript(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(readTranscript('')).rejects.toBeInstanceOf(InvalidInputError)
    expect(() => parseTranscript(1 as never)).toThrow(InvalidInputError)
  })
})

function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
