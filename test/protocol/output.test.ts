import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withScratchFolder } from '../../scripts/generate/codex.js'
import { lineDifferences } from '../../scripts/generate/manifest.js'
import { readIfPresent, writeFolder } from '../../scripts/generate/output.js'

describe('writeFolder', () => {
  test('makes the folder hold exactly the given files', async () => {
    await withScratchFolder(async (scratch) => {
      const folder = join(scratch, 'generated')
      await mkdir(folder)
      await writeFile(join(folder, 'stale.ts'), 'stale')
      await writeFolder(folder, new Map([['a.ts', 'one']]))
      await writeFolder(folder, new Map([['a.ts', 'two']]))

      expect(await readdir(folder)).toEqual(['a.ts'])
      expect(await readFile(join(folder, 'a.ts'), 'utf8')).toBe('two')
    })
  })

  test('leaves a file alone that is right already', async () => {
    await withScratchFolder(async (scratch) => {
      const files = new Map([['a.ts', 'one']])
      await writeFolder(scratch, files)
      const before = await stat(join(scratch, 'a.ts'))
      await writeFolder(scratch, files)

      expect((await stat(join(scratch, 'a.ts'))).ino).toBe(before.ino)
    })
  })
})

describe('withScratchFolder', () => {
  test('removes the folder after success and after failure', async () => {
    const kept: string[] = []
    await withScratchFolder(async (folder) => kept.push(folder))
    const failing = withScratchFolder(async (folder) => {
      kept.push(folder)
      throw new Error('boom')
    })

    await expect(failing).rejects.toThrow('boom')
    expect(await Promise.all(kept.map((folder) => readIfPresent(folder)))).toEqual([undefined, undefined])
  })
})

describe('lineDifferences', () => {
  test('is empty for equal texts', () => {
    expect(lineDifferences('{\n  "a": [1]\n}', '{\n  "a": [1]\n}')).toEqual([])
  })

  test('shows what was removed next to what replaces it, commas aside', () => {
    const committed = '{\n  "a": [1],\n  "b": [1]\n}'
    const generated = '{\n  "a": [2],\n  "b": [1],\n  "c": [1]\n}'

    expect(lineDifferences(committed, generated)).toEqual(['- "a": [1]', '+ "a": [2]', '+ "c": [1]'])
  })

  test('never passes texts that differ in layout alone', () => {
    expect(lineDifferences('{\n"a": 1\n}', '{\n  "a": 1\n}')).toEqual([
      '~ the order or layout of lines differs',
    ])
  })
})
