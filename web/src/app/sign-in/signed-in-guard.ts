import { inject } from '@angular/core';
import { CanActivateFn, Router } from '@angular/router';

import { ApiClient } from '../api/api-client';
import { SessionStore } from './session-store';

/** Lets in who is signed in; others go to first start (when nobody has claimed the library yet) or to sign in. */
export const signedInGuard: CanActivateFn = async (_route, state) => {
  const router = inject(Router);
  const api = inject(ApiClient);
  if (await inject(SessionStore).load()) return true;
  const { claimed } = await api.firstStart();
  if (!claimed) return router.createUrlTree(['/first-start']);
  return router.createUrlTree(['/sign-in'], { queryParams: state.url === '/' ? {} : { back: state.url } });
};
