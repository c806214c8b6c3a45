/** A file on its way in, with the folders it came with. */
export interface IncomingFile {
  file: File;
  path: string;
}

/** What systems, network disks and programs leave in folders by themselves, as core/litter.py knows it; never photos. */
const LITTER_FOLDERS =
  /^(\..*|@eadir|#recycle|#snapshot|@tmp|@recycle|@recently-snapshot|@__thumb|\$recycle\.bin|recycler|system volume information|lost\+found|__macosx|.*\.(lrdata|lrcat-data|cocatalogdb))$/i;
const LITTER =
  /^(\..*|thumbs\.db|ehthumbs(_vista)?\.db|desktop\.ini|picasa\.ini|metadata\.json|print-subscriptions\.json|shared_album_comments\.json|user-generated-memory-titles\.json|archive_browser\.html|.*\.(aae|lrcat|lrprev|thm|lrv|ctg|lnk|url|webloc))$/i;

export function isLitter(path: string): boolean {
  const folders = path.split('/');
  return LITTER.test(folders.pop() ?? '') || folders.some((folder) => LITTER_FOLDERS.test(folder));
}

/** A file that says something about a photo beside it (XMP, Takeout's JSON), by its name; the server looks into it. */
export function mayBeSidecar(path: string): boolean {
  return /\.(xmp|json)$/i.test(path);
}

/** What a file input holds; a folder input gives each file's path inside the folder. */
export function pickedFiles(files: FileList | null): IncomingFile[] {
  return [...(files ?? [])]
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }))
    .filter(({ path }) => !isLitter(path));
}

/**
 * Files and folders that were dropped, folders walked to their last file. The transfer's items must be read before the
 * drop event ends, so its entries are taken at once and only then walked.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<IncomingFile[]> {
  const entries: FileSystemEntry[] = [];
  const plain: IncomingFile[] = [];
  for (const item of [...transfer.items]) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push(entry);
    else if (file) plain.push({ file, path: file.name });
  }
  const found: IncomingFile[] = [];
  for (const entry of entries) await walk(entry, found);
  return [...plain, ...found].filter(({ path }) => !isLitter(path));
}

async function walk(entry: FileSystemEntry, found: IncomingFile[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
    found.push({ file, path: entry.fullPath.replace(/^\//, '') });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // a reader gives at most 100 entries a time, and an empty list at the end
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return;
    for (const child of some) await walk(child, found);
  }
}
