/** Files somebody chose in the page. */

export interface ChosenFile {
  readonly name: string
  readonly text: string
}

/** Their texts; a folder that was chosen keeps its paths. */
export function readFiles(files: FileList): Promise<ChosenFile[]> {
  return Promise.all(
    [...files].map(async (file) => ({
      name: file.webkitRelativePath || file.name,
      text: await file.text(),
    })),
  )
}

/** The file that is the main one: nginx.conf, else one with an http block, else the first. */
export function likelyMain(files: readonly ChosenFile[]): string {
  const named = files.find((file) => /(^|\/)nginx\.conf$/.test(file.name))
  const whole = files.find((file) => /^\s*http\s*\{/m.test(file.text))
  return (named ?? whole ?? files[0])?.name ?? ''
}
