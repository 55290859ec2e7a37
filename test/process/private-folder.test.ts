import { existsSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makePrivateFolder } from '../../src/process/private-folder.js'

it('a private folder can be entered by this user only and goes with what is in it, once or twice', async () => {
  const folder = await makePrivateFolder()
  await writeFile(join(folder.path, 'file'), 'text')
  if (process.platform !== 'win32') expect(statSync(folder.path).mode & 0o777).toBe(0o700)
  await folder.remove()
  await folder.remove()
  expect(existsSync(folder.path)).toBe(false)
})
