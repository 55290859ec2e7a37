import { expect, test } from 'vitest'
import { StderrTail } from '../../src/process/stderr-tail.js'

const secret = `sk-proj-${'A1b2C3d4'.repeat(8)}`

test('secrets and colour codes do not leave the tail', () => {
  const tail = new StderrTail(1_000)
  tail.write(Buffer.from(`\u001b[31mkey \u001b[1m${secret}\u001b[0m refused\n`))
  expect(tail.text()).not.toContain(secret.slice(8, 24))
  expect(tail.text()).toMatch(/^key .+ refused\n$/)
})

test('no part of a secret is shown, wherever the cut falls', () => {
  const filler = Buffer.alloc(9_000, 'word ')
  for (let cut = 0; cut < secret.length + 20; cut += 1) {
    const tail = new StderrTail(100)
    tail.write(Buffer.from(`key ${secret} refused `))
    tail.write(filler.subarray(0, 8 * 1024 + 100 - cut))
    expect(tail.text()).not.toContain('C3d4')
    expect(Buffer.byteLength(tail.text())).toBeLessThanOrEqual(100)
  }
})

test('a limit of zero shows nothing and still counts', () => {
  const tail = new StderrTail(0)
  tail.write(Buffer.from('text'))
  expect(tail.text()).toBe('')
  expect(tail.totalBytes).toBe(4)
})
