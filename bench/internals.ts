// What the benchmarks measure of the library that it does not export; bundled for them by `harness/build.ts`.
export { mapNotification } from '../src/client/map-notification.js'
export { AsyncQueue } from '../src/util/async-queue.js'
