/** Finds programs on the PATH. */
import { access, constants } from 'node:fs/promises'
import path from 'node:path'

/** The first of the programs that is there; an absolute name is taken as it is. */
export async function findProgram(names: string[]): Promise<string | null> {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  for (const name of names) {
    for (const file of folders.map((folder) => path.resolve(folder, name))) {
      const runs = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (runs) return file
    }
  }
  return null
}
