/** The engine's major version. A directory or a backup that another one wrote is never touched. */
export const POSTGRES_MAJOR = '18';
