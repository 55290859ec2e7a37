import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** Each proof of `docs/reliability.md`: a test file, and where one is quoted the title of a test in it. */
const proofs = [...read('docs/reliability.md').matchAll(/`(test\/[^`]+)`(?: "([^"]+)")?/g)].map(
  ([, file, title]) => ({ file: file as string, title }),
)

it('every guarantee of docs/reliability.md names tests that there are', () => {
  expect(proofs.length).toBeGreaterThan(30)
  const missing = proofs.filter(({ file, title }) => {
    if (!existsSync(new URL(`../../${file}`, import.meta.url))) return true
    return title !== undefined && !read(file).includes(title)
  })
  expect(missing).toEqual([])
})
