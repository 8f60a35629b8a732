// Where the console starts: colours, language, router. Everything else hangs below.
import "./look/base.css";
import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, Navigate, RouterProvider } from "react-router";
import { Dress } from "./Dress";

// The login page must not wait for the desk, nor the desk for later screens.
const SignIn = lazy(() => import("./screens/sign_in/SignIn").then(({ SignIn }) => ({ default: SignIn })));
const Inside = lazy(() => import("./frame/Inside").then(({ Inside }) => ({ default: Inside })));
const Answer = lazy(() => import("./screens/answer/Answer").then(({ Answer }) => ({ default: Answer })));

const Settings = lazy(() => import("./screens/settings/Settings").then(({ Settings }) => ({ default: Settings })));

const router = createBrowserRouter(
  [
    {
      path: "/login",
      element: (
        <Suspense>
          <SignIn />
        </Suspense>
      ),
    },
    {
      element: (
        <Suspense>
          <Inside />
        </Suspense>
      ),
      children: [
        {
          path: "/chats/:conversation?",
          element: (
            <Suspense>
              <Answer />
            </Suspense>
          ),
        },
        {
          path: "/settings/:section?",
          element: (
            <Suspense>
              <Settings />
            </Suspense>
          ),
        },
      ],
    },
    { path: "*", element: <Navigate to="/chats" replace /> },
  ],
  { basename: "/console" },
);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Dress>
      <RouterProvider router={router} />
    </Dress>
  </StrictMode>,
);
