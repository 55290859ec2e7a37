import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const manifest = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
) as { version: string; exports: Record<string, string | object> }

const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'))

describe('the public names', () => {
  // Adding or removing a name is a decision about the API: it shows in the diff of the snapshot.
  it.each(entries)('of %s are as recorded', async (entry) => {
    const names = Object.keys((await import(`codex-conduit${entry.slice(1)}`)) as object)
    await expect(`${names.sort().join('\n')}\n`).toMatchFileSnapshot(
      `snapshots/api${entry.slice(1).replace('/', '-')}.txt`,
    )
  })

  it('tell the version of the package', async () => {
    const { VERSION } = await import('codex-conduit')
    expect(VERSION).toBe(manifest.version)
  })
})
