import { Routes } from '@angular/router';

import { signedInGuard } from './sign-in/signed-in-guard';

export const routes: Routes = [
  {
    path: 'first-start',
    title: 'First start',
    loadComponent: () => import('./first-start/first-start-page').then((m) => m.FirstStartPage),
  },
  { path: 'sign-in', title: 'Sign in', loadComponent: () => import('./sign-in/sign-in-page').then((m) => m.SignInPage) },
  {
    path: '',
    canActivate: [signedInGuard],
    loadComponent: () => import('./frame/frame').then((m) => m.Frame),
    children: [
      { path: '', title: 'Library', loadComponent: () => import('./library/library-page').then((m) => m.LibraryPage) },
      { path: 'asset/:id', loadComponent: () => import('./viewer/viewer-page').then((m) => m.ViewerPage) },
      { path: 'search', title: 'Search', loadComponent: () => import('./search/search-page').then((m) => m.SearchPage) },
      { path: 'trash', title: 'Trash', loadComponent: () => import('./trash/trash-page').then((m) => m.TrashPage) },
      { path: 'map', title: 'Map', loadComponent: () => import('./map/map-page').then((m) => m.MapPage) },
      {
        path: 'activity',
        title: 'Activity',
        loadComponent: () => import('./activity/activity-page').then((m) => m.ActivityPage),
      },
      {
        path: 'settings',
        title: 'Settings',
        loadComponent: () => import('./settings/settings-page').then((m) => m.SettingsPage),
      },
      { path: '**', title: 'Not found', loadComponent: () => import('./frame/not-found-page').then((m) => m.NotFoundPage) },
    ],
  },
];
