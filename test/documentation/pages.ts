import { readFileSync } from 'node:fs'

/** A program of a page of the documentation. */
export interface Program {
  /** The heading that it stands under, as a file name: `the-model-stub`. */
  readonly name: string
  readonly code: string
}

/** The programs of a page, in order. */
export function programsOf(page: string): Program[] {
  const text = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8')
  let heading = ''
  const programs: Program[] = []
  for (const [, title, code] of text.matchAll(/^#+ ([^\n]+)$|^```ts\n(.*?)^```$/gms)) {
    if (title !== undefined) heading = title
    else if (code !== undefined) programs.push({ name: fileName(heading), code })
  }
  return programs
}

function fileName(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^a-z]+/g, '-')
}
