//! `TG07xx`: media files and their objects.

codes! {
    BAD_KEY = "TG0701", "a file name that no object can have",
        "The name of an object is the slug and the path of the file below the media folder. Object stores allow 1024 bytes in all, and `MinIO` 255 between two slashes; letters beyond ASCII count two to four bytes each. Rename the file or its folder.";
    KEY_CLASH = "TG0702", "two files need one object",
        "Spaces become `_` in the names of objects, and letters are composed (NFC), so two files can come to have the same name; or one is named like a folder of the other; or a file is named like the `index.json` that lists the objects. Rename one of them.";
    LFS_POINTER = "TG0703", "a git-LFS pointer in the place of media",
        "The repository was cloned without the large files, so that this file holds three lines that name the real one. Published, it would replace a picture by those lines. Bring the files with `git lfs pull`; in a GitHub workflow, `actions/checkout` does with `lfs: true`.";
    BAD_MEDIA_DIR = "TG0704", "a media folder that can't be used",
        "`media_dir` names the folder of a post's media, relative to the post's file: `media_dir: ../shared/launch`. It has to be inside the content folder, and to hold a file that isn't hidden or ignored.";
}
