import { stripVTControlCharacters } from 'node:util'

const ANNOUNCEMENT = /\blistening on:? +(wss?:\/\/[^\s/]+:[1-9]\d*)\/?(?=\s|$)/

/** The URL that a line of the app-server's error stream announces, as it stands there. */
export function announcedUrl(line: string): string | undefined {
  return ANNOUNCEMENT.exec(stripVTControlCharacters(line).slice(0, 1000))?.[1]
}
