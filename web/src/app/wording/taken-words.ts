import { Taken } from '../api/model';

/** What the clock may be, in a word; an answer that says nothing of these is as it should be. */
const DOUBTS = {
  default: 'Clock implausible: it stands where the clock of the device begins.',
  future: 'Clock implausible: that was yet to come when the file was looked at.',
};

/** What is to be said about a time, where it is not simply that of taking by a tag. */
export function takenNotes(taken: Taken | null): string[] {
  if (!taken) return [];
  const notes: string[] = [];
  if (taken.basis === 'change') notes.push('When it was changed: nothing tells when it was taken.');
  if (taken.basis === 'file_name') notes.push('Read from the name of the file.');
  if (taken.about) notes.push('About that time, its source says.');
  if (taken.source?.startsWith('sidecar:')) notes.push('From the file beside it.');
  if (taken.source?.startsWith('variant:')) notes.push('From another file of this picture.');
  if (taken.doubt) notes.push(DOUBTS[taken.doubt]);
  return notes;
}

/** What a list says in one word about a time that is not believed as it stands; null where there is nothing to say. */
export function takenDoubt(taken: Taken | null): string | null {
  if (!taken) return null;
  if (!taken.plausible) return 'clock implausible';
  return taken.basis === 'change' ? 'time of change' : null;
}
