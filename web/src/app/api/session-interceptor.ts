import { HttpErrorResponse, HttpInterceptorFn } from '@angular/common/http';
import { inject } from '@angular/core';
import { Router } from '@angular/router';
import { catchError, throwError } from 'rxjs';

import { SessionStore } from '../sign-in/session-store';

/** Marks every call as coming from this app (a form on another site cannot), and sends who is signed out to sign in. */
export const sessionInterceptor: HttpInterceptorFn = (request, next) => {
  const router = inject(Router);
  const store = inject(SessionStore);
  return next(request.clone({ setHeaders: { 'X-Fovea': '1' } })).pipe(
    catchError((error: unknown) => {
      const asksForSession = request.url.endsWith('/session');
      if (error instanceof HttpErrorResponse && error.status === 401 && !asksForSession) {
        store.forget();
        const back = router.url.startsWith('/sign-in') ? undefined : router.url;
        void router.navigate(['/sign-in'], { queryParams: { back } });
      }
      return throwError(() => error);
    }),
  );
};
