import { expect, test } from 'vitest'
import { buildEnvironment } from '../../src/process/environment.js'
import { InvalidInputError } from '../../src/util/errors.js'

const base = { PATH: '/bin', HOME: '/home/someone', GONE: undefined }

function failureOf(action: () => unknown): InvalidInputError {
  try {
    action()
  } catch (error) {
    if (error instanceof InvalidInputError) return error
    throw error
  }
  throw new Error('Expected an InvalidInputError')
}

test('everything is inherited by default, without variables that are undefined', () => {
  expect(buildEnvironment({}, base)).toEqual({ PATH: '/bin', HOME: '/home/someone' })
})

test('nothing or only the names listed are inherited on request', () => {
  expect(buildEnvironment({ inheritEnv: false, env: { A: '1' } }, base)).toEqual({ A: '1' })
  expect(buildEnvironment({ inheritEnv: ['PATH', 'ABSENT'] }, base)).toEqual({ PATH: '/bin' })
})

test('a variable laid over replaces the inherited one and undefined removes it', () => {
  expect(buildEnvironment({ env: { PATH: '', HOME: undefined, NEW: 'x' } }, base)).toEqual({
    PATH: '',
    NEW: 'x',
  })
})

test('names differ by case, except on Windows', () => {
  const policy = { env: { path: 'C:\\tools', home: undefined }, inheritEnv: ['Path', 'Home'] }
  const windows = { Path: 'C:\\Windows', HOME: 'C:\\Users', OTHER: 'x' }
  expect(buildEnvironment(policy, windows, 'win32')).toEqual({ path: 'C:\\tools' })
  expect(buildEnvironment(policy, windows, 'linux')).toEqual({ Path: 'C:\\Windows', path: 'C:\\tools' })
})

test('a variable named like a member of every object is an ordinary variable', () => {
  const env = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>
  expect(Object.entries(buildEnvironment({ env }, {}))).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
})

test.each([
  [{ TOKEN: 'hush\0hush' }, 'env.TOKEN'],
  [{ 'TOKEN=hush': 'x' }, 'env.TOKEN'],
  [{ 'TOKEN\0hush': 'x' }, 'env.TOKEN'],
  [{ '': 'hush' }, 'env.(empty)'],
  [{ TOKEN: 7 as unknown as string }, 'env.TOKEN'],
  [{ TOKEN: null as unknown as string }, 'env.TOKEN'],
])('a wrong variable is refused by name and never by value: %j', (env, option) => {
  const error = failureOf(() => buildEnvironment({ env }, {}))
  expect(error.option).toBe(option)
  expect(error.message).not.toContain('hush')
})

test('a policy of the wrong shape is refused', () => {
  const build = (policy: object) => failureOf(() => buildEnvironment(policy, {})).option
  expect(build({ env: ['A=1'] })).toBe('env')
  expect(build({ env: null })).toBe('env')
  expect(build({ inheritEnv: 'PATH' })).toBe('inheritEnv')
  expect(build({ inheritEnv: ['PATH', 1] })).toBe('inheritEnv[1]')
})
