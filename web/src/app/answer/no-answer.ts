import { Asset } from '../api/model';

interface Wording {
  /** Said when the analysis is done and found nothing. */
  nothing: string;
  /** What would help. */
  help: string;
}

const FOUND_NOTHING: Record<string, Wording> = {
  metadata: { nothing: 'The file does not record it.', help: 'A file straight from the camera usually does.' },
  faces: { nothing: 'No face was found.', help: 'Faces smaller than about 30 pixels are easily missed.' },
  objects: { nothing: 'Nothing it knows was found.', help: 'It knows 80 everyday things.' },
  text: { nothing: 'No writing was found.', help: 'Small or slanted writing is easily missed.' },
  speech: { nothing: 'Nothing is said.', help: 'Music and noise do not count as speech.' },
};

/** Why a question has no answer: the state of its analysis in words, with the reason and what would help. */
export function noAnswerReason(asset: Asset, analysis: string): string {
  const state = asset.analyses[analysis];
  if (analysis === 'speech' && asset.kind === 'photo') return 'A photo has no sound.';
  if (!state) return 'Nothing looks at it here: this analysis is not running.';
  switch (state.state) {
    case 'waiting':
      return 'Waiting to be looked at.';
    case 'running':
      return 'Being looked at now.';
    case 'failed':
      return `It could not be looked at: ${sentence(state.error ?? 'no reason given')}`;
    case 'skipped':
      return state.error ? `Left out: ${sentence(state.error)}` : 'Left out: not for this kind of file.';
    default: {
      const wording = FOUND_NOTHING[analysis];
      return wording ? `${wording.nothing} ${wording.help}` : 'No answer was found.';
    }
  }
}

function sentence(reason: string): string {
  return /[.!?]$/.test(reason) ? reason : `${reason}.`;
}
