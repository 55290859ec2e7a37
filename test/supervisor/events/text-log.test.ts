import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTextLogOn } from '../../../src/supervisor/events/text-log.js'
import { openTextLog, type TextLogReport } from '../../../src/supervisor/index.js'
import { deferred } from '../../../src/util/deferred.js'
import { FakeFiles, systemError } from '../fake-files.js'
import { freshFolder } from '../folders.js'

const token = `sk-proj-${'a1B2'.repeat(10)}`

async function onFake(files: FakeFiles, options: object = {}) {
  const reports: TextLogReport[] = []
  const log = await openTextLogOn(files, '/log/out.log', { ...options, onReport: (one) => reports.push(one) })
  const text = () => files.contents('/log/out.log')?.toString()
  return { log, reports, text }
}

describe('a text log', () => {
  it('holds what was written, in order, and goes on with the file that is there', async () => {
    const file = join(await freshFolder(), 'logs', 'stdout.log')
    const log = await openTextLog(file)
    log.write('one\n')
    log.write(Buffer.from('two\n'))
    await Promise.all([log.close(), log.close()])
    log.write('late')
    const again = await openTextLog(file)
    again.write('three\n')
    await again[Symbol.asyncDispose]()
    expect(await readFile(file, 'utf8')).toBe('one\ntwo\nthree\n')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('holds no secret and no broken character, wherever the output is cut', async () => {
    const bytes = Buffer.from(`für ${token} und\n`)
    for (let at = 0; at <= bytes.length; at += 1) {
      const { log, text } = await onFake(new FakeFiles())
      log.write(bytes.subarray(0, at))
      await Promise.resolve()
      log.write(bytes.subarray(at))
      await log.close()
      expect(text()).toBe('für [redacted] und\n')
    }
  })

  it('keeps as many files as it may, each of whole lines and within its bound', async () => {
    const folder = await freshFolder()
    const log = await openTextLog(join(folder, 'stderr.log'), { maxFileBytes: 100, maxFiles: 3 })
    const lines = Array.from({ length: 50 }, (_, i) => `this is line ${i}\n`)
    log.write(lines.slice(0, 30).join(''))
    for (const line of lines.slice(30)) log.write(line)
    await log.close()
    const names = ['stderr.2.log', 'stderr.1.log', 'stderr.log']
    expect((await readdir(folder)).sort()).toEqual([...names].sort())
    let kept = ''
    for (const name of names) {
      const text = await readFile(join(folder, name), 'utf8')
      expect(text.length).toBeLessThanOrEqual(100)
      expect(text).toMatch(/\n$/)
      kept += text
    }
    expect(lines.join('').endsWith(kept)).toBe(true)
    expect(kept.length).toBeGreaterThan(200)
  })

  it('keeps a line in one piece that is longer than a file, and one file when it may have one', async () => {
    const files = new FakeFiles()
    const { log, text } = await onFake(files, { maxFileBytes: 10, maxFiles: 1 })
    log.write(`short\n${'x'.repeat(50)}\nlast\n`)
    await log.close()
    expect(text()).toBe('last\n')
    expect(files.names()).toEqual(['/log/out.log'])
  })

  it('drops what comes faster than it can be written, and says so in the log and to its owner', async () => {
    const { log, reports, text } = await onFake(new FakeFiles(), { maxWaitingCharacters: 10 })
    log.write('12345678\n')
    log.write('this does not fit\n')
    log.write('\n')
    await log.close()
    expect(text()).toBe('12345678\n\n\n[18 characters came too fast and were dropped]\n')
    expect(reports).toEqual([{ type: 'text-dropped', characters: 18 }])
  })

  it('goes on when the disk has room again, and tells what was lost', async () => {
    const files = new FakeFiles()
    const lost = deferred<TextLogReport>()
    const log = await openTextLogOn(files, '/log/out.log', { onReport: lost.resolve })
    files.fault = ({ name }) => (name === 'write' ? { partly: 2, error: systemError('ENOSPC') } : undefined)
    log.write('one\n')
    const report = await lost.promise
    expect(report).toMatchObject({ type: 'text-not-written', bytes: 4, error: { errno: 'ENOSPC' } })
    files.fault = () => undefined
    log.write('two\n')
    await log.close()
    expect(files.contents('/log/out.log')?.toString()).toBe('ontwo\n')
  })

  it('refuses wrong options and a folder that cannot be made', async () => {
    await expect(openTextLog('')).rejects.toMatchObject({ option: 'file' })
    await expect(openTextLog('/x', { maxFiles: 0 })).rejects.toMatchObject({ option: 'maxFiles' })
    await expect(openTextLog('/dev/null/x/out.log')).rejects.toMatchObject({ code: 'PERSISTENCE_FAILED' })
    const files = new FakeFiles()
    files.fault = ({ name }) => (name === 'open' ? systemError('EACCES') : undefined)
    await expect(onFake(files)).rejects.toMatchObject({ errno: 'EACCES' })
  })
})
