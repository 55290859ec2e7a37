/** Mode of every file that is made: for its owner only. */
export const FILE_MODE = 0o600
/** Mode of every folder that is made: for its owner only. */
export const FOLDER_MODE = 0o700
