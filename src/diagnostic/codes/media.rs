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
    MISSING_FILE = "TG0705", "a file that is not there",
        "A post can attach the files of its own media folder: the folder of `index.md`, for `NAME.md` the folder `NAME` beside it, or what `media_dir` names. Hidden and ignored files don't count, nor do those of a post in a folder below: move or copy what two posts share, or let both name one folder with `media_dir`.";
    UNREADABLE_FILE = "TG0706", "a file that can't be read",
        "What a post attaches is read to know its size and format. Give the user who runs `tgsync` permission to read it.";
    EMPTY_FILE = "TG0707", "an empty file",
        "Telegram takes no files of zero bytes. Something may have gone wrong when it was copied.";
    FILE_TOO_LARGE = "TG0708", "a file that is too large",
        "A bot sends photos of up to 10 MB, and other files of up to 50 MB; through a Bot API server of one's own, which `api_url` names, up to 2000 MB. Make the file smaller, or link to it: with a `mirror` a relative link to a file leads to its public address.";
    PICTURE_SIZE = "TG0709", "a photo of a size that Telegram refuses",
        "Width and height of a photo make at most 10,000 pixels together, and the longer side is at most 20 times the shorter. Telegram answers `PHOTO_INVALID_DIMENSIONS` otherwise. Scale or crop it, or send it as it is with `kind: document`.";
    WRONG_FORMAT = "TG0710", "a file that is not what it is sent as",
        "A photo is a JPEG or PNG, an animation a GIF or MP4, a video an MP4, audio an MP3 or M4A, a voice message an OGG with Opus, an MP3 or an M4A. Telegram refuses other files, or makes something else of them. It is the content that counts, not the name. Convert the file, or choose another `kind`; `kind: document` sends any file as it is.";
    MISLEADING_NAME = "TG0711", "a name that doesn't fit the content",
        "The ending of the name says another format than the content. Telegram goes by the content, other programs may not. Rename the file.";
    BAD_THUMBNAIL = "TG0712", "a thumbnail that Telegram ignores",
        "A thumbnail is a JPEG of less than 200 kB, at most 320 pixels wide and high. Telegram ignores others without an error.";
    LONG_CAPTION = "TG0713", "the text of a file is too long",
        "A caption holds 1,024 characters, counted after formatting is taken out. What a file says of its own, with `caption` or as the title of its picture, is not divided. Shorten it, or say it in the text of the post.";
    TWICE = "TG0714", "a file that is attached twice",
        "A post shows a file once, however often it is named: it stands where it was named first. Remove the other mention, or copy the file if it should be seen twice.";
    NO_EFFECT = "TG0715", "a setting without effect",
        "Telegram covers photos, videos and animations with a spoiler, no other files; it puts the text above those only; it shows thumbnails of videos, animations, audio and documents; and it previews no links of a text that belongs to media. Remove the setting.";
    ALBUM_BUTTONS = "TG0716", "buttons without a message to carry them",
        "An album has no buttons. A post with an album and a text sends the text after it, with the buttons; this one has no text. Write one, or remove the buttons.";
}
