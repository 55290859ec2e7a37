import { describe, expect, it } from 'vitest'
import { openEventLogOn } from '../../../src/supervisor/events/event-log.js'
import type { EventLogEntry, EventLogReport, LogEvent } from '../../../src/supervisor/index.js'
import { FakeFiles, systemError } from '../fake-files.js'
import { randomFrom } from '../random.js'

async function open(files: FakeFiles, options: object = {}) {
  const reports: EventLogReport[] = []
  const onReport = (report: EventLogReport) => reports.push(report)
  const log = await openEventLogOn(files, '/log', {
    recentEvents: 2,
    maxFileBytes: 1_000,
    ...options,
    onReport,
  })
  return { log, reports }
}

const event = (message: string) => ({ type: 't', message })

async function replay(files: FakeFiles): Promise<LogEvent[]> {
  const { log } = await open(files)
  const found: LogEvent[] = []
  await log.close()
  for await (const entry of log.events({ after: 0 })) found.push(entry as LogEvent)
  return found
}

function withoutLock(files: FakeFiles): FakeFiles {
  const kept = files.names().filter((name) => !name.includes('.lock'))
  return new FakeFiles(new Map(kept.map((name) => [name, files.contents(name) ?? Buffer.alloc(0)])))
}

describe('an event log on a disk that fails', () => {
  it('keeps nothing of events for which there is no room, says so, and goes on with their numbers', async () => {
    const files = new FakeFiles()
    const { log, reports } = await open(files)
    const seen: number[] = []
    log.subscribe(({ seq }) => seen.push(seq))
    await log.append(event('a'))
    files.fault = ({ name }) => (name === 'write' ? { partly: 9, error: systemError('ENOSPC') } : undefined)
    const refused = [log.append(event('b')), log.append(event('c'))]
    for (const one of refused) await expect(one).rejects.toMatchObject({ errno: 'ENOSPC', isWritten: false })
    expect(reports).toMatchObject([{ type: 'events-not-kept', events: 2, error: { errno: 'ENOSPC' } }])
    files.fault = () => undefined
    expect((await log.append(event('d'))).seq).toBe(2)
    expect(seen).toEqual([1, 2])
    await log.close()
    expect((await replay(files)).map(({ message }) => message)).toEqual(['a', 'd'])
  })

  it('gives no number twice where it is not known what lasts', async () => {
    const files = new FakeFiles()
    const { log } = await open(files)
    await log.append(event('a'))
    files.fault = ({ name }) => (name === 'sync' ? systemError('EIO') : undefined)
    await expect(log.append(event('b'))).rejects.toMatchObject({ isWritten: undefined })
    files.fault = () => undefined
    await expect(log.append(event('c'))).rejects.toMatchObject({ isWritten: false })
    await log.close()
    const { log: again } = await open(files)
    expect(await again.append(event('d'))).toMatchObject({ seq: 3 })
  })

  it('goes on in its newest file after a death, though a next one was begun', async () => {
    const files = new FakeFiles()
    const { log } = await open(files)
    for (let number = 1; number <= 4; number += 1) await log.append(event('x'.repeat(100)))
    files.fault = ({ name }) => (name === 'syncFolder' ? systemError('EIO') : undefined)
    await expect(log.append(event('x'.repeat(900)))).rejects.toMatchObject({ isWritten: false })
    await expect(log.append(event('short'))).rejects.toMatchObject({ isWritten: false })
    files.fault = () => undefined
    expect(await log.append(event('short'))).toMatchObject({ seq: 5 })
    const { log: again } = await open(withoutLock(files.afterKill()))
    expect(again.recent().at(-1)).toMatchObject({ seq: 5, message: 'short' })
    expect(await again.append(event('next'))).toMatchObject({ seq: 6 })
  })

  it('begins no next file while it is not known what the last one holds', async () => {
    const files = new FakeFiles()
    const { log } = await open(files)
    await log.append(event('a'))
    files.fault = ({ name }) => (name === 'sync' ? systemError('EIO') : undefined)
    await expect(log.append(event('b'))).rejects.toMatchObject({ isWritten: undefined })
    files.fault = () => undefined
    await expect(log.append(event('x'.repeat(2_000)))).rejects.toMatchObject({ isWritten: false })
    await log.close()
    expect(files.names().filter((file) => file.endsWith('.jsonl'))).toHaveLength(1)
    expect((await replay(files)).map(({ message }) => message)).toEqual(['a', 'b'])
  })

  it.each(['open', 'syncFolder', 'remove'] as const)(
    'goes on when the system fails to %s where the next file begins',
    async (name) => {
      const files = new FakeFiles()
      const { log } = await open(files, { maxFiles: 2 })
      let kept = 0
      for (let number = 1; number <= 60; number += 1) {
        const isBad = number > 10 && number < 40
        files.fault = (operation) => (isBad && operation.name === name ? systemError('EIO') : undefined)
        // Of many lengths: a short one would still fit where a long one did not.
        const failed = await log.append(event('x'.repeat((number * 37) % 200))).then(
          ({ seq }) => {
            kept += 1
            expect(seq).toBe(kept)
            return false
          },
          () => true,
        )
        if (!isBad) expect(failed).toBe(false)
      }
      await log.close()
      expect(files.names().filter((file) => file.endsWith('.jsonl'))).toHaveLength(2)
      const { log: again } = await open(files)
      expect(again.lastSeq).toBe(kept)
      const found: number[] = []
      await again.close()
      for await (const entry of again.events({ after: 0 })) found.push(...(entry.gap ? [] : [entry.seq]))
      const first = kept - found.length + 1
      expect(found).toEqual(Array.from(found, (_, i) => first + i))
    },
  )

  it('tells a reader that a file cannot be read, once, and does not hang', async () => {
    const files = new FakeFiles()
    const { log } = await open(files)
    for (let number = 1; number <= 30; number += 1) await log.append(event(`${number}`))
    files.fault = ({ name }) => (name === 'read' ? systemError('EIO') : undefined)
    const iterator = log.events({ after: 0 })[Symbol.asyncIterator]()
    await expect(iterator.next()).rejects.toMatchObject({ code: 'PERSISTENCE_FAILED', errno: 'EIO' })
    expect(await iterator.next()).toMatchObject({ done: true })
    files.fault = () => undefined
    const [oldest = ''] = files.names().filter((file) => file.endsWith('.jsonl'))
    const bytes = Buffer.from(files.contents(oldest) ?? '')
    bytes[200] = 0x0a
    files.put(oldest, bytes)
    const reader = log.events({ after: 0 })[Symbol.asyncIterator]()
    await expect(reader.next()).rejects.toMatchObject({ code: 'FILE_DAMAGED', file: oldest })
    files.names().forEach((file) => {
      if (file === oldest) files.remove(file)
    })
    const last = log.events({ after: 0 })[Symbol.asyncIterator]()
    await expect(last.next()).rejects.toThrow('Somebody has removed')
  })

  it('cuts its newest file, cut at any byte, to whole events, and refuses other damage', async () => {
    const files = new FakeFiles()
    const { log } = await open(files)
    for (const message of ['a', 'b', 'c']) await log.append(event(message))
    await log.close()
    const [file = ''] = files.names().filter((name) => name.endsWith('.jsonl'))
    const whole = files.contents(file) ?? Buffer.alloc(0)
    for (let size = 0; size <= whole.length; size += 1) {
      const cut = new FakeFiles(new Map([[file, whole.subarray(0, size)]]))
      const { log: again, reports } = await open(cut)
      const count = whole.subarray(0, size).toString().split('\n').length - 1
      expect(again.lastSeq).toBe(count)
      expect(reports.length).toBe(whole[size - 1] === 0x0a || size === 0 ? 0 : 1)
      expect((await again.append(event('next'))).seq).toBe(count + 1)
      await again.close()
      expect((await replay(cut)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: count + 1 }, (_, i) => i + 1),
      )
    }
    const lines = whole.toString().split(/(?<=\n)/)
    for (const wrong of [`${lines[0]}nonsense\n${lines[2]}`, `${lines[0]}${lines[2]}`, `${lines[1]}`]) {
      const damaged = new FakeFiles(new Map([[file, Buffer.from(wrong)]]))
      await expect(open(damaged)).rejects.toMatchObject({ code: 'FILE_DAMAGED', file })
      expect(damaged.contents(file)?.toString()).toBe(wrong)
    }
  })

  it('has every event that was told, with its number, after a death or a loss of power at any moment', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = randomFrom(seed)
      let files = new FakeFiles()
      const told = new Map<number, string>()
      for (let life = 0; life < 3; life += 1) {
        const current = files
        const crashAt = Math.floor(random() * 80)
        let crashed: FakeFiles | undefined
        current.fault = ({ index }) => {
          if (index < crashAt) return undefined
          crashed ??= random() < 0.5 ? current.afterKill() : current.afterPowerLoss(random)
          return systemError('EIO')
        }
        try {
          const { log } = await open(current, { maxFiles: 50, maxFileBytes: 300 })
          log.subscribe(({ seq, message }) => {
            if (!crashed) told.set(seq, message)
          })
          for (let number = 0; !crashed; number += 1) {
            await Promise.allSettled([
              log.append(event(`${life} ${number}`)),
              log.append(event('x'.repeat(number * 20))),
            ])
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'PERSISTENCE_FAILED' })
        }
        files = withoutLock(crashed ?? current.afterKill())
        const { log } = await open(files, { maxFiles: 50, maxFileBytes: 300 })
        const { lastSeq } = log
        await log.close()
        const found: EventLogEntry[] = []
        for await (const entry of log.events({ after: 0 })) found.push(entry)
        expect(found.map((entry) => (entry as LogEvent).seq)).toEqual(Array.from(found, (_, i) => i + 1))
        expect(found.length, `seed ${seed}`).toBe(lastSeq)
        for (const [seq, message] of told) {
          expect((found[seq - 1] as LogEvent | undefined)?.message, `seed ${seed}`).toBe(message)
        }
        files = withoutLock(files)
      }
    }
  })
})
