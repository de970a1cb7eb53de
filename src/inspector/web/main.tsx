import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startLive } from './live.ts';
import { Page } from './page.tsx';
import './style.css';
import './style/live.css';
import './style/tables.css';

const root = document.getElementById('page');
if (!root) throw new Error('the page has no place to draw in');
startLive();
createRoot(root).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
