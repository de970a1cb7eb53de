import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Page } from './page.tsx';
import './style.css';

const root = document.getElementById('page');
if (!root) throw new Error('the page has no place to draw in');
createRoot(root).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
