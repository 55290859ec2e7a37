import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CodexNotFoundError, locateCodex } from '../../src/process/index.js'
import { type LocateCodexOptions, type LocateContext, locateCodexOn } from '../../src/process/locate-codex.js'
import { InvalidInputError } from '../../src/util/errors.js'
import { temporaryFolder } from './helpers.js'

const TRIPLE = 'x86_64-unknown-linux-musl'
const linux: LocateContext = { platform: 'linux', arch: 'x64', libraryFolder: undefined }
const windows: LocateContext = { platform: 'win32', arch: 'x64', libraryFolder: undefined }

function write(file: string, content = '', mode = 0o755): string {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, content)
  chmodSync(file, mode)
  return file
}

function link(target: string, file: string): string {
  mkdirSync(path.dirname(file), { recursive: true })
  symlinkSync(target, file)
  return file
}

/** Installs `@openai/codex` without a binary; returns the package's folder. */
function installWrapper(modules: string): string {
  const root = path.join(modules, '@openai/codex')
  write(path.join(root, 'package.json'), JSON.stringify({ name: '@openai/codex', bin: 'bin/codex.js' }))
  write(path.join(root, 'bin/codex.js'), '#!/usr/bin/env node\n')
  return root
}

/** Installs a platform's package with its binary; returns the binary. */
function installBinary(modules: string, name = 'linux-x64', file = `${TRIPLE}/bin/codex`): string {
  const root = path.join(modules, `@openai/codex-${name}`)
  write(path.join(root, 'package.json'), JSON.stringify({ name: '@openai/codex' }))
  return write(path.join(root, 'vendor', file))
}

function failureOf(context: LocateContext, options: LocateCodexOptions): CodexNotFoundError {
  try {
    const found = locateCodexOn(context, options)
    throw new Error(`Found ${found.path}`)
  } catch (error) {
    if (error instanceof CodexNotFoundError) return error
    throw error
  }
}

test('the installed package has a native binary that runs', () => {
  const found = locateCodex({ env: {} })
  expect(found.source).toBe('package')
  const run = spawnSync(found.path, ['--version'], { encoding: 'utf8' })
  expect(run.stdout).toMatch(/^codex-cli \d+\.\d+\.\d+/)
})

test('this installation is searched when the folder of the caller has none', () => {
  expect(locateCodex({ env: {}, cwd: temporaryFolder() }).source).toBe('package')
})

test('a path that is given wins over everything and may be relative', () => {
  const cwd = temporaryFolder()
  const binary = write(path.join(cwd, 'tools/my-codex'), '#!/bin/sh\n')
  installBinary(path.join(cwd, 'node_modules'))
  const env = { CODEX_CONDUIT_BINARY: '/nowhere' }
  expect(locateCodexOn(linux, { binary: 'tools/my-codex', cwd, env })).toEqual({
    path: binary,
    source: 'option',
  })
})

test('a path that is given and wrong is an error, whatever else is installed', () => {
  const cwd = temporaryFolder()
  installBinary(path.join(cwd, 'node_modules'))
  write(path.join(cwd, 'plain'), '', 0o644)
  const reasons = ['absent', '.', 'plain', 'plain/below'].map((binary) => {
    const { tried, message } = failureOf(linux, { binary, cwd, env: { PATH: cwd } })
    expect(tried).toHaveLength(1)
    expect(tried[0]).toMatchObject({ source: 'option', place: path.join(cwd, binary) })
    expect(message).toContain(path.join(cwd, binary))
    return tried[0]?.reason
  })
  expect(reasons).toEqual(['does not exist', 'is a directory', 'is not executable', 'does not exist'])
})

test('the variable comes after the option and before the package, and does not fall through', () => {
  const cwd = temporaryFolder()
  const installed = installBinary(path.join(cwd, 'node_modules'))
  const binary = write(path.join(cwd, 'other'))
  const locate = (value: string) => locateCodexOn(linux, { cwd, env: { CODEX_CONDUIT_BINARY: value } })
  expect(locate(binary)).toEqual({ path: binary, source: 'environment' })
  expect(locate('')).toEqual({ path: installed, source: 'package' })
  const { tried } = failureOf(linux, { cwd, env: { CODEX_CONDUIT_BINARY: '/nowhere' } })
  expect(tried).toEqual([{ source: 'environment', place: '/nowhere', reason: 'does not exist' }])
})

test.each([
  ['today', 'bin/codex'],
  ['in older versions', 'codex/codex'],
])('the platform package is found as it is laid out %s', (_when, file) => {
  const cwd = temporaryFolder()
  const binary = installBinary(path.join(cwd, 'node_modules'), 'linux-x64', `${TRIPLE}/${file}`)
  const below = path.join(cwd, 'src/deep')
  mkdirSync(below, { recursive: true })
  expect(locateCodexOn(linux, { cwd: below, env: {} })).toEqual({ path: binary, source: 'package' })
})

test.each(['bin/codex', 'codex/codex'])('a binary inside the wrapper itself is found: %s', (file) => {
  const cwd = temporaryFolder()
  const root = installWrapper(path.join(cwd, 'node_modules'))
  const binary = write(path.join(root, 'vendor', TRIPLE, file))
  expect(locateCodexOn(linux, { cwd, env: {} })).toEqual({ path: binary, source: 'package' })
})

test('the binary that the wrapper sees wins over another version beside it', () => {
  const cwd = temporaryFolder()
  const root = installWrapper(path.join(cwd, 'node_modules'))
  installBinary(path.join(cwd, 'node_modules'))
  const nested = installBinary(path.join(root, 'node_modules'))
  expect(locateCodexOn(linux, { cwd, env: {} }).path).toBe(nested)
})

test('a store with links, as pnpm makes it, is followed', () => {
  const cwd = temporaryFolder()
  const store = path.join(cwd, 'node_modules/.pnpm/codex@1/node_modules')
  const root = installWrapper(store)
  const binary = installBinary(store)
  link(root, path.join(cwd, 'node_modules/@openai/codex'))
  expect(locateCodexOn(linux, { cwd, env: {} }).path).toBe(binary)
})

test('the folders of this library and of the program come before one that is named', () => {
  const [cwd, libraryFolder, programFolder] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
  const context = { ...linux, libraryFolder, programFolder }
  const named = installBinary(path.join(cwd, 'node_modules'))
  expect(locateCodexOn(context, { cwd, env: {} }).path).toBe(named)
  const programs = installBinary(path.join(programFolder, 'node_modules'))
  expect(locateCodexOn(context, { cwd, env: {} }).path).toBe(programs)
  const own = installBinary(path.join(libraryFolder, 'node_modules'))
  expect(locateCodexOn(context, { cwd, env: {} }).path).toBe(own)
})

test('the folder that this process works in brings no program unless it is named', () => {
  const checkout = temporaryFolder()
  installBinary(path.join(checkout, 'node_modules'))
  const before = process.cwd()
  process.chdir(checkout)
  try {
    expect(failureOf(linux, { env: {} }).code).toBe('CODEX_NOT_FOUND')
  } finally {
    process.chdir(before)
  }
})

test('the own binaries of a package come before a platform package further up', () => {
  const outer = temporaryFolder()
  installBinary(path.join(outer, 'node_modules'))
  const root = path.join(outer, 'inner/node_modules/@openai/codex')
  write(path.join(root, 'package.json'), '{}')
  const own = write(path.join(root, 'vendor', TRIPLE, 'codex/codex'))
  expect(locateCodexOn(linux, { cwd: path.join(outer, 'inner'), env: {} }).path).toBe(own)
})

test('a binary inside an Electron archive is taken from beside it', () => {
  const folder = temporaryFolder()
  const archived = installBinary(path.join(folder, 'app.asar/node_modules'))
  const cwd = path.join(folder, 'app.asar')
  expect(locateCodexOn(linux, { cwd, env: {} }).path).toBe(archived)
  const unpacked = installBinary(path.join(folder, 'app.asar.unpacked/node_modules'))
  expect(locateCodexOn(linux, { cwd, env: {} }).path).toBe(unpacked)
  expect(locateCodexOn(linux, { binary: archived, env: {} }).path).toBe(unpacked)
})

test('PATH is searched in order, past what cannot be run', () => {
  const folder = temporaryFolder()
  const [empty, directory, plain, good] = ['a', 'b', 'c', 'd'].map((name) => path.join(folder, name))
  mkdirSync(path.join(directory ?? '', 'codex'), { recursive: true })
  write(path.join(plain ?? '', 'codex'), '', 0o644)
  const PATH = [empty, directory, plain].join(':')
  const { tried, message } = failureOf(linux, { cwd: folder, env: { PATH } })
  const inPath = tried.filter(({ source }) => source === 'path')
  expect(inPath.map(({ reason }) => reason)).toEqual(['has no codex', 'is a directory', 'is not executable'])
  expect(tried.filter(({ source }) => source === 'package')).toHaveLength(2)
  for (const { place, reason } of tried) expect(message).toContain(`${place}: ${reason}`)

  const binary = write(path.join(good ?? '', 'codex'))
  const found = locateCodexOn(linux, { cwd: folder, env: { PATH: `${PATH}:${good}` } })
  expect(found).toEqual({ path: binary, source: 'path' })
})

test('entries of PATH that mean the current folder are never searched', () => {
  const cwd = temporaryFolder()
  write(path.join(cwd, 'codex'))
  write(path.join(cwd, 'bin/codex'))
  const { tried } = failureOf(linux, { cwd, env: { PATH: ':.:bin:' } })
  expect(tried.at(-1)).toMatchObject({ source: 'path', place: 'PATH' })
})

test('a link in PATH to the script of the package leads to the native binary behind it', () => {
  const folder = temporaryFolder()
  const modules = path.join(folder, 'lib/node_modules')
  const root = installWrapper(modules)
  const binary = installBinary(path.join(root, 'node_modules'))
  const bin = path.join(folder, 'bin')
  const shim = link('../lib/node_modules/@openai/codex/bin/codex.js', path.join(bin, 'codex'))
  const cwd = temporaryFolder()
  expect(locateCodexOn(linux, { cwd, env: { PATH: bin } })).toEqual({ path: binary, source: 'path' })
  expect(locateCodexOn(linux, { binary: shim, env: {} })).toEqual({ path: binary, source: 'option' })
})

test('a script of the package without its binary says what is missing', () => {
  const folder = temporaryFolder()
  const root = installWrapper(path.join(folder, 'node_modules'))
  const { tried } = failureOf(linux, { binary: path.join(root, 'bin/codex.js'), env: {} })
  expect(tried[0]).toEqual({
    source: 'option',
    place: path.join(root, 'vendor', TRIPLE, 'bin/codex'),
    reason: 'does not exist',
  })
})

test('a shell script that a package manager wrote is resolved, one of the user is run as it is', () => {
  const folder = temporaryFolder()
  const modules = path.join(folder, 'node_modules')
  installWrapper(modules)
  const binary = installBinary(modules)
  const line = 'exec node  "$basedir/../@openai/codex/bin/codex.js" "$@"'
  const bin = path.join(modules, '.bin')
  write(path.join(bin, 'codex'), `#!/bin/sh\nbasedir=$(dirname "$0")\n${line}\n`)
  const cwd = temporaryFolder()
  expect(locateCodexOn(linux, { cwd, env: { PATH: bin } }).path).toBe(binary)

  const own = write(path.join(folder, 'own/codex'), '#!/bin/sh\nexec /opt/codex "$@"\n')
  expect(locateCodexOn(linux, { cwd, env: { PATH: path.dirname(own) } }).path).toBe(own)
})

test('a foreign codex.js is not mistaken for that of the package', () => {
  const folder = temporaryFolder()
  write(path.join(folder, 'package.json'), JSON.stringify({ name: 'another-tool' }))
  const script = write(path.join(folder, 'bin/codex.js'), '#!/usr/bin/env node\n')
  expect(locateCodexOn(linux, { binary: script, env: {} }).path).toBe(script)
})

// Windows' rules need no Windows, only paths: the separator of PATH is `;` and a drive letter is not needed.
test('on Windows PATHEXT decides and a command script is resolved to the native executable', () => {
  const folder = temporaryFolder()
  const modules = path.join(folder, 'npm/node_modules')
  installWrapper(modules)
  const binary = installBinary(modules, 'win32-x64', 'x86_64-pc-windows-msvc/bin/codex.exe')
  const target = '"%dp0%\\node_modules\\@openai\\codex\\bin\\codex.js"'
  const shim = write(path.join(folder, 'npm/codex.cmd'), `@ECHO off\r\n"%_prog%"  ${target} %*\r\n`)
  write(path.join(folder, 'npm/codex'), '#!/bin/sh\n')
  const cwd = temporaryFolder()
  const env = { Path: `"${path.dirname(shim)}"`, PathExt: '.EXE;.CMD' }
  expect(locateCodexOn(windows, { cwd, env })).toEqual({ path: binary, source: 'path' })

  const native = write(path.join(folder, 'native/codex.exe'), '', 0o644)
  const both = { Path: `${path.dirname(native)};${path.dirname(shim)}` }
  expect(locateCodexOn(windows, { cwd, env: both })).toEqual({ path: native, source: 'path' })
})

test('on Windows a command script with nothing native behind it is never run', () => {
  const folder = temporaryFolder()
  const shim = write(path.join(folder, 'codex.cmd'), '@ECHO off\r\nsomething-else %*\r\n')
  const { tried } = failureOf(windows, { binary: shim, env: {} })
  expect(tried[0]?.reason).toMatch(/no native binary/)
})

test('a platform without a published binary says so and PATH is still searched', () => {
  const folder = temporaryFolder()
  const sparc: LocateContext = { ...linux, platform: 'sunos', arch: 'sparc' }
  const { tried } = failureOf(sparc, { cwd: folder, env: { PATH: folder } })
  expect(tried[0]).toMatchObject({ source: 'package', place: 'sunos-sparc' })
  const binary = write(path.join(folder, 'codex'))
  expect(locateCodexOn(sparc, { cwd: folder, env: { PATH: folder } }).path).toBe(binary)
})

test.each([
  [{ binary: '' }, 'binary'],
  [{ binary: 1 }, 'binary'],
  [{ cwd: 1 }, 'cwd'],
  [{ env: 'PATH' }, 'env'],
])('a wrong option is refused: %j', (options, option) => {
  const locate = () => locateCodex(options as unknown as LocateCodexOptions)
  expect(locate).toThrow(InvalidInputError)
  expect(locate).toThrow(expect.objectContaining({ option }))
})
