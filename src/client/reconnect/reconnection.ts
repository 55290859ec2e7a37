// What makes a connection anew, in one piece that is loaded on demand.
export { LastingConnection } from './lasting-connection.js'
export { Restorer } from './restorer.js'
