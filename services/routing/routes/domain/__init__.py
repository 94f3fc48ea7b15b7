"""The stream `route-<application>`, and pure rules about where an application goes and whom it waits on."""
